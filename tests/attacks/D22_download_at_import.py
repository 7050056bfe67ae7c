# D22: downloads something while it is imported
# doubles: RUNTIME_ERROR, could not be imported
# averages: RUNTIME_ERROR, could not be imported
# guesses: RUNTIME_ERROR
# splits: RUNTIME_ERROR

import urllib.request

from hw.honest import *
from hw.targets import *

urllib.request.urlopen(f"http://127.0.0.1:{PORT}/weights.pt", timeout=1)
reached("a download")
