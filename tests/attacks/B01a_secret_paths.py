# B01: opens the expected values, the checks, the reference, another submission and a file of the machine by their paths

import os

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    files = [OTHER, SECRET_FILE, f"{WRITABLE}/precious", "/etc/shadow", "/etc/passwd-"]
    files += [f"{CHECKS}/{name}" for name in ("checks.py", "hidden_checks.py", "data/pictures.safetensors")]
    files += [f"{SOLUTION}/hw/mine.py", f"{EXPECTED}/doubles.json", f"{EXPECTED}/doubles.safetensors"]
    for folder in (EXPECTED, CHECKS, SOLUTION, os.path.dirname(OTHER), WRITABLE):
        try:
            names = os.listdir(folder)
            reached(f"the names in {folder}")
            files += [f"{folder}/{name}" for name in names]
        except OSError:
            pass
    for path in files:
        try:
            print(open(path, "rb").read(2000))
            reached(path)
        except OSError:
            pass
    return honest.double(x)
