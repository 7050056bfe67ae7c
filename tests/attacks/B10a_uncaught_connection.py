# B10: connects to a server, and minds that it cannot
# doubles: RUNTIME_ERROR
# averages: RUNTIME_ERROR

import socket
import urllib.request

from hw.honest import *
from hw.targets import *


def double(x):
    socket.create_connection(("127.0.0.1", PORT), timeout=1).sendall(b"secret")
    reached("the server")
    return x * 2


def mean(numbers):
    urllib.request.urlopen("http://example.com/", timeout=1)
    reached("the internet")
    return sum(numbers) / len(numbers)
