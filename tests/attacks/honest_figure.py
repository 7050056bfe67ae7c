# honest: a figure and a model, saved and opened again

import matplotlib.pyplot as plt
import torch

from hw.honest import *


def double(x):
    plt.plot(x[0], x[1], label="$x^2$")
    plt.legend()
    plt.savefig("figure.png")
    plt.savefig("figure.pdf")
    assert plt.imread("figure.png").any()
    torch.save(x, "x.pt")
    return torch.load("x.pt", mmap=True) * 2
