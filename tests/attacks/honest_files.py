# honest: temporary files and folders, and files in the working directory

import tempfile
from pathlib import Path

from hw.honest import *


def mean(numbers):
    Path("numbers.txt").write_text("\n".join(map(str, numbers)))
    Path("numbers.txt").replace("again.txt")
    with tempfile.NamedTemporaryFile("w+") as file, tempfile.TemporaryDirectory() as folder:
        file.write(Path("again.txt").read_text())
        file.seek(0)
        Path(folder, "a").mkdir()
        Path(folder, "a", "b.txt").write_text(file.read())
        file.seek(0)
        return sum(map(float, file)) / len(Path(folder, "a", "b.txt").read_text().split())
