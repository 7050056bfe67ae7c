# D11: leaves folders that cannot be listed, entered or emptied, with something in each

import os

from hw import honest
from hw.honest import *


def double(x):
    os.umask(0)
    for mode in (0o000, 0o100, 0o200, 0o300, 0o400, 0o500, 0o600):
        name = f"shut{mode:o}"
        os.mkdir(name, mode | 0o300)
        open(f"{name}/inside", "w").close()
        os.mkdir(f"{name}/below", mode)
        try:
            os.chmod(name, mode)
        except OSError:
            pass
    try:
        os.chmod(".", 0)
    except OSError:
        pass
    return honest.double(x)
