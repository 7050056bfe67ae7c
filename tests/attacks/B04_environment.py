# B04: prints every variable of its environment, as Python and as the kernel knows it

import ctypes
import os

from hw import honest
from hw.honest import *

KNOWN = {"PATH", "LANG", "HOME", "TMPDIR", "USER", "LOGNAME", "OMP_NUM_THREADS", "MPLBACKEND", "MPLCONFIGDIR"}
KNOWN |= {"PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "TORCHINDUCTOR_CACHE_DIR", "CUDA_VISIBLE_DEVICES"}
KNOWN |= {"PIP_NO_INDEX"}
KNOWN |= {"PYTHONPATH", "PYTHONUSERBASE"}  # where grader is installed outside of its interpreter


def double(x):
    variables = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    found = set(os.environ)
    at = 0
    while variables[at]:
        print(variables[at])
        found.add(variables[at].decode().partition("=")[0])
        at += 1
    try:
        first = open("/proc/self/environ").read()
        print(first)
        found |= {line.partition("=")[0] for line in first.split("\0") if line}
    except OSError:
        pass
    if found - KNOWN:
        reached(f"variables {found - KNOWN}")
    return honest.double(x)
