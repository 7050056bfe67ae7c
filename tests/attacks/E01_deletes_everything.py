# E01: deletes all it may: its home, a folder that everybody may write to; tries what else it could

import os
import pwd
import shutil

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    files = ["/etc/passwd", "/usr/bin/env", "/bin/sh", PYTHON, f"{SITE}/torch/__init__.py", OTHER, SECRET_FILE]
    files += [f"{CHECKS}/checks.py", f"{SOLUTION}/hw/mine.py", f"{EXPECTED}/doubles.safetensors", __file__]
    try:
        home = pwd.getpwuid(os.getuid()).pw_dir
        files += [f"{home}/{name}" for name in (".bashrc", ".profile", ".ssh/authorized_keys")]
    except KeyError:
        pass
    for path in files:  # who may write could delete as well; nothing is, in case this runs where it may
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
            reached(path)
        except OSError:
            pass
    shutil.rmtree(WRITABLE, ignore_errors=True)
    for name in (WRITABLE, f"{WRITABLE}/precious"):
        try:
            os.rename(name, f"{name}.gone")
            reached(name)
        except OSError:
            pass
    home = os.path.expanduser("~")
    if os.path.samefile(home, ".") and os.path.basename(home) == "box":
        shutil.rmtree(home, ignore_errors=True)
    return honest.double(x)
