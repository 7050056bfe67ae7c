# D11: leaves files whose names are odd bytes, options, commands, escapes and as long as names can be

import os

from hw import honest
from hw.honest import *

NAMES = [b"-rf", b"--help", b"$(reboot)", b"`reboot`", b";reboot", b"new\nline", b"\x1b]0;title\x07", b"\xff\xfe\x80"]
NAMES += [b" "]
NAMES += [b"*", b"?", b"~", b"...", b"\\", b"\r", b"a" * 255, "\u202etxt.exe".encode(), b"\xc0\xae\xc0\xae", b"'\""]
NAMES += [bytes([number]) for number in range(1, 256) if bytes([number]) not in (b".", b"/", *NAMES)]


def double(x):
    for name in NAMES:
        os.mkdir(b"folder" + name[:200])
        for path in (b"file" + name[:200], b"folder" + name[:200] + b"/" + name):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        if name not in (b"...",):
            os.symlink(b"/", name) if not os.path.lexists(name) else None
    return honest.double(x)
