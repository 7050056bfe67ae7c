# D23: downloads a data set, as it would at home
# doubles: RUNTIME_ERROR

import torchvision

from hw.honest import *


def double(x):
    torchvision.datasets.MNIST(".", download=True)
    reached("the data")
    return x * 2
