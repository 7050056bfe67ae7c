# D11: leaves a nest of 2000 folders, deeper than any path and any recursion, in both of its folders

import os

from hw import honest
from hw.honest import *


def double(x):
    home = os.getcwd()
    for place in (home, os.environ["TMPDIR"]):
        os.chdir(place)
        for _ in range(2000):
            os.mkdir("nest")
            os.chdir("nest")
        open("egg", "w").close()
    os.chdir(home)
    return honest.double(x)
