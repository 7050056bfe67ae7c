# A01: a call of sys.exit(0) while the module is imported
# doubles: RUNTIME_ERROR, hw/mine.py could not be imported: your code ended Python (exit status 0)
# averages: RUNTIME_ERROR, hw/mine.py could not be imported: your code ended Python (exit status 0)
# guesses: RUNTIME_ERROR, hw/mine.py could not be imported: your code ended Python (exit status 0)
# splits: RUNTIME_ERROR, hw/mine.py could not be imported: your code ended Python (exit status 0)

import sys

sys.exit(0)
