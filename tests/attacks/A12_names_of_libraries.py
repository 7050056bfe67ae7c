# A12: files with the names of libraries

import json
import random
import statistics

import numpy
import torch

from hw.honest import *

for module in (json, random, statistics, numpy, torch):
    if "submission" in module.__file__:
        reached(module.__name__)

# ==== torch.py
raise ImportError("a student's file in the place of a library")
# ==== json.py
raise ImportError("a student's file in the place of a library")
# ==== random.py
raise ImportError("a student's file in the place of a library")
# ==== statistics.py
raise ImportError("a student's file in the place of a library")
# ==== safetensors.py
raise ImportError("a student's file in the place of a library")
# ==== grader.py
raise ImportError("a student's file in the place of a library")
# ==== numpy/__init__.py
raise ImportError("a student's file in the place of a library")
