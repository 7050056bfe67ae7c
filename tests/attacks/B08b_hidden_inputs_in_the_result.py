# B08: returns the input of the hidden check as its result
# splits: WRONG_ANSWER

from hw.honest import *


def words(text):
    return [text, *text.split()]
