# D21: a file that claims in its first line coding: nonsense
# doubles: RUNTIME_ERROR, mine.py
# averages: RUNTIME_ERROR
# guesses: RUNTIME_ERROR
# splits: RUNTIME_ERROR

from hw.honest import *
