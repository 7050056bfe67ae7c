# H01: pickles that run a command when they are loaded: as a value, and in the place of the whole result
# doubles: INVALID_RESULT, is of type Command
# averages: INVALID_RESULT, what came back is not a result
# guesses: INVALID_RESULT, not JSON

import os
import pickle

from hw.honest import *
from hw.targets import WRITABLE


class Command:
    def __reduce__(self):
        return os.system, (f"echo REACHED the loader; touch '{WRITABLE}/pickled' 2>&1 || true",)


PICKLE = pickle.dumps({"scores": Command()})


def double(x):
    return Command()


def mean(numbers):
    os.write(RESULT, PICKLE)
    os._exit(0)


def scores(images):
    send(PICKLE)
