# D22: installs a package while it runs
# doubles: RUNTIME_ERROR | TIME_LIMIT
# slow

import subprocess
import sys

from hw.honest import *
from hw.targets import *


def double(x):
    options = ["--index-url", f"http://127.0.0.1:{PORT}/", "--retries", "0", "--timeout", "1", "--target", "."]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "nothing"], check=True, capture_output=True)
    reached("a package")
    return x * 2
