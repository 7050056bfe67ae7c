# A22: code that looks for signs of being graded, to behave well only then

import os
import sys

from hw.honest import *


def mean(numbers):
    for name in os.environ:
        if any(sign in name for sign in ("GRADER", "PYTEST", "COURSE", "CANVAS", "GRADESCOPE", "SUDO")):
            reached(f"the variable {name}")
    if sys.argv != [""]:
        reached(f"arguments {sys.argv}")
    for name in ("pytest", "_pytest", "grader.grading.grade", "grader.grading.batch", "grader.cli", "hidden_checks"):
        if name in sys.modules:
            reached(f"the module {name}")
    for name in os.listdir("../assignment"):
        if "hidden" in name:
            reached(name)
    return sum(numbers) / len(numbers)
