# B01: asks whether files are there and how large they are, without opening one
# levels: isolated

import os

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    for path in (EXPECTED, CHECKS, SOLUTION, OTHER, SECRET_FILE, WRITABLE, SOCKET):
        try:
            reached(f"{path} has {os.stat(path).st_size} bytes")
        except OSError:
            pass
    return honest.double(x)
