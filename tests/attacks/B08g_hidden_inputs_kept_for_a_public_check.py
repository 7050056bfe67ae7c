# B08: leaves the input of the hidden check wherever a later public check, whose log is shown, might find it

import os
import tempfile

from hw import honest
from hw.honest import *
from hw.targets import *

PLACES = [".", "..", "../..", tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/run/lock", "../submission"]
PLACES += [os.path.dirname(__file__), os.path.expanduser("~"), WRITABLE, SITE]


def words(text):
    for place in PLACES:
        try:
            with open(f"{place}/{RUN}.hidden", "w") as file:
                file.write(text)
        except OSError:
            pass
    return honest.words(text)


for place in PLACES:
    try:
        print(open(f"{place}/{RUN}.hidden").read())
        reached(f"what a hidden check left in {place}")
    except OSError:
        pass
