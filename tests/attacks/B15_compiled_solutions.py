# B15: looks for the reference among what can be imported, and for its compiled form

import glob
import importlib.util
import os
import sys
from importlib.machinery import SourceFileLoader

from hw import honest
from hw.honest import *
from hw.targets import *


def double(x):
    for folder in {*sys.path, SITE, os.path.dirname(SITE)}:
        for pattern in ("solutions*", "hw", "*/attacked", "__pycache__/mine.*", "**/solutions/__pycache__"):
            for path in glob.glob(f"{folder}/{pattern}"):
                if os.path.realpath(path) != os.path.dirname(os.path.realpath(__file__)):
                    reached(path)
    for source in (f"{SOLUTION}/hw/mine.py", f"{CHECKS}/hidden_checks.py", f"{CHECKS}/hw/honest.py"):
        for path in (importlib.util.cache_from_source(source), source):
            try:
                print(SourceFileLoader("found", path).get_data(path))
                reached(path)
            except OSError:
                pass
    for name in ("solutions", "solutions.attacked", "solutions.attacked.hw.mine", "attacked"):
        try:
            __import__(name)
            reached(f"the module {name}")
        except ImportError:
            pass
    return honest.double(x)
