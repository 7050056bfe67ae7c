# honest: temporary files and folders, and files in the working directory

import shutil
import tempfile
from pathlib import Path

from hw.honest import *


def mean(numbers):
    Path("numbers.txt").write_text("\n".join(map(str, numbers)))
    with tempfile.NamedTemporaryFile("w+") as file, tempfile.TemporaryDirectory() as folder:
        file.write(Path("numbers.txt").read_text())
        file.seek(0)
        Path(folder, "a").mkdir()
        shutil.move("numbers.txt", Path(folder, "a", "b.txt"))
        return sum(map(float, file)) / len(Path(folder, "a", "b.txt").read_text().split())
