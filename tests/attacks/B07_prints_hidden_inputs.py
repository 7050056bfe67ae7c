# B07: prints the input of the hidden check in every way there is

import logging
import os
import subprocess
import sys
import warnings

from hw import honest
from hw.honest import *


def words(text):
    print(text)
    print(text, file=sys.stderr)
    os.write(1, text.encode())
    os.write(2, text.encode())
    logging.error(text)
    warnings.warn(text)
    subprocess.run(["echo", text])
    return honest.words(text)
