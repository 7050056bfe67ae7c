# H03: a numpy file with objects, YAML that builds objects and a notebook, handed in and sent as results
# doubles: INVALID_RESULT, what came back is not a result
# averages: INVALID_RESULT, not JSON
# guesses: INVALID_RESULT, not JSON

import io
import os

import numpy

from hw.honest import *
from hw.targets import WRITABLE


class Command:
    def __reduce__(self):
        return os.system, (f"touch '{WRITABLE}/loaded'",)


def array():
    file = io.BytesIO()
    numpy.save(file, numpy.array([Command()], dtype=object), allow_pickle=True)
    return file.getvalue()


def double(x):
    os.write(RESULT, array())
    os._exit(0)


def mean(numbers):
    send(b"!!python/object/apply:os.system ['touch /tmp/yaml']")


def scores(images):
    send(array())


# ==== labels.npy
not a numpy file
# ==== config.yaml
!!python/object/apply:os.system ["touch /tmp/yaml"]
# ==== mine.ipynb
{"cells": [{"cell_type": "code", "source": ["!touch /tmp/notebook"]}], "nbformat": 4}
