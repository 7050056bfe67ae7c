# E03: edits the interpreter, torch and the grader, of which every later check is made

import mmap
import os

import grader
import torch
from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    files = [PYTHON, os.path.realpath(PYTHON), torch.__file__, torch._C.__file__, os.__file__, grader.__file__]
    files += [f"{SITE}/numpy/__init__.py", honest.__file__, __file__]
    for path in files:
        for flags in (os.O_WRONLY, os.O_RDWR | os.O_APPEND):
            try:
                os.close(os.open(path, flags))
                reached(f"write access to {path}")
            except OSError:
                pass
        try:
            mmap.mmap(os.open(path, os.O_RDONLY), 1, mmap.MAP_SHARED, mmap.PROT_WRITE)
            reached(f"a mapping of {path} that can be written")
        except OSError:
            pass
        try:
            os.utime(path, (0, 0))
            reached(f"the times of {path}")
        except OSError:
            pass
    for folder in (SITE, f"{SITE}/__pycache__", f"{SITE}/torch/__pycache__", os.path.dirname(grader.__file__)):
        path = f"{folder}/{RUN}.pth"
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            reached(f"a file in {folder}")
            os.unlink(path)
        except OSError:
            pass
    return honest.double(x)
