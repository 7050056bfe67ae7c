# B16: looks for the folders of checks that are to come or run at the same time, and changes what is in them
# parallel

import glob
import os
import tempfile

from hw import honest
from hw.honest import *

OWN = os.path.dirname(os.getcwd())


def double(x):
    for top in {os.path.dirname(OWN), os.path.dirname(tempfile.gettempdir()), "/tmp", "/var/tmp", "/"}:
        for room in glob.glob(f"{top}/grader-room-*"):
            if os.path.samefile(room, OWN):
                continue
            reached(f"the room {room}")
            for path in glob.glob(f"{room}/*/**", recursive=True):
                try:
                    with open(path, "a"):
                        reached(path)
                except OSError:
                    pass
    return honest.double(x)
