# A11: sitecustomize, usercustomize and .pth files, handed in and written wherever Python might look for them

import os
import sys

from hw.honest import *
from hw.targets import SITE, WRITABLE

CODE = f"import os; open({WRITABLE!r} + '/customized', 'w').close()\n"


def mean(numbers):
    home = os.path.expanduser("~")
    user = f"{home}/.local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    try:
        os.makedirs(user, exist_ok=True)
    except OSError:
        pass
    for folder in (".", home, user, "../submission", "../submission/hw", SITE):
        for name in ("sitecustomize.py", "usercustomize.py", "attack.pth"):
            try:
                with open(os.path.join(folder, name), "w") as file:
                    file.write(CODE)
            except OSError:
                pass
    return sum(numbers) / len(numbers)


def words(text):
    if os.path.exists("sitecustomize.py"):
        reached("what an earlier check wrote")
    return text.split()


# ==== sitecustomize.py
from hw.targets import WRITABLE

open(WRITABLE + "/sitecustomize", "w").close()
# ==== usercustomize.py
from hw.targets import WRITABLE

open(WRITABLE + "/usercustomize", "w").close()
# ==== attack.pth
import os; os.system("touch /tmp/pth")
