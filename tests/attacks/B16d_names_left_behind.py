# B16: takes a name among the abstract sockets, for a process of the next student to connect to
# levels: restricted

import socket

from hw.honest import *
from hw.targets import *

for make in (lambda: socket.socket(socket.AF_UNIX), lambda: socket.socketpair()[0]):
    try:
        left = make()
        left.bind(f"\0{RUN}_left")
        reached("a name that others can see")
    except OSError:
        pass
