# B16: leaves a file in every folder that may be shared, and each later check, of this student or another, looks for it

import os
import pwd
import tempfile

from hw.honest import *
from hw.targets import *

PLACES = {"/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/run", "/box", "/", ".", "..", "../..", tempfile.gettempdir()}
PLACES |= {os.path.expanduser("~"), os.path.dirname(__file__), WRITABLE, SITE, os.path.dirname(tempfile.gettempdir())}
try:
    PLACES.add(pwd.getpwuid(os.getuid()).pw_dir)
except KeyError:
    pass
for place in {os.path.realpath(place) for place in PLACES}:
    try:
        open(f"{place}/{RUN}.left", "x").close()
    except FileExistsError:
        reached(f"what an earlier check left in {place}")
    except OSError:
        pass
