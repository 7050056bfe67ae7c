# honest: files copied and moved from folder to folder, which sets their modes and times: not allowed at one level
# restricted averages: RUNTIME_ERROR, PermissionError

import shutil
import tempfile
from pathlib import Path

from hw.honest import *


def mean(numbers):
    Path("numbers.txt").write_text("\n".join(map(str, numbers)))
    folder = tempfile.mkdtemp()
    shutil.copy("numbers.txt", "copy.txt")
    shutil.move("numbers.txt", f"{folder}/moved.txt")
    return sum(map(float, Path(folder, "moved.txt").read_text().split())) / len(Path("copy.txt").read_text().split())
