# B08: tells the input of the hidden check in the text of an exception
# splits: RUNTIME_ERROR

from hw.honest import *


def words(text):
    raise ValueError(text)
