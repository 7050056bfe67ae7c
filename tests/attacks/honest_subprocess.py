# honest: other programs, and Python in a process of its own

import subprocess
import sys

from hw.honest import *


def mean(numbers):
    subprocess.run(["/usr/bin/true"], check=True)
    program = "import statistics, sys; print(statistics.mean(map(float, sys.argv[1:])))"
    done = subprocess.run([sys.executable, "-c", program, *map(str, numbers)], capture_output=True, check=True)
    return float(done.stdout)
