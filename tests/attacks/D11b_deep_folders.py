# D11: leaves a nest of 1500 folders, deeper than any path and any recursion

import os

from hw import honest
from hw.honest import *


def double(x):
    home = os.getcwd()
    for _ in range(1500):
        os.mkdir("nest")
        os.chdir("nest")
    open("egg", "w").close()
    os.chdir(home)
    return honest.double(x)
