# E02: edits another student's submission and a file that everybody may write to

import mmap
import os

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    for path in (OTHER, SECRET_FILE, f"{WRITABLE}/precious", f"{CHECKS}/checks.py", f"{EXPECTED}/doubles.safetensors"):
        for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_TRUNC):
            try:
                os.write(os.open(path, flags), b"raise SystemExit")
                reached(f"{path} with flags {flags}")
            except OSError:
                pass
        try:
            mmap.mmap(os.open(path, os.O_RDWR), 0)[0] = 0
            reached(f"{path} by a mapping")
        except OSError:
            pass
    for folder in (os.path.dirname(OTHER), WRITABLE, EXPECTED, CHECKS):
        for flags in (os.O_CREAT | os.O_WRONLY, os.O_CREAT | os.O_EXCL | os.O_WRONLY):
            try:
                os.open(f"{folder}/{RUN}.new", flags)
                reached(f"a new file in {folder}")
            except OSError:
                pass
        try:
            os.open(folder, os.O_TMPFILE | os.O_RDWR)
            reached(f"a file without a name in {folder}")
        except OSError:
            pass
    return honest.double(x)
