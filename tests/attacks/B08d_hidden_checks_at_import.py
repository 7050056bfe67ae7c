# B08: while it is imported beside the hidden check, it finds that check in memory and tells it as the reason it fails
# splits: RUNTIME_ERROR

import gc
from types import FunctionType

from hw.honest import *

for each in gc.get_objects():
    if isinstance(each, FunctionType) and each.__module__ == "hidden_checks":
        raise ImportError(repr((each.__code__.co_consts, each.__globals__)))
