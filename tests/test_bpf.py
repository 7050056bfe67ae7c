"""The filter of system calls decides as its rules say, simulated and by this kernel, and knows the right numbers."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import json
import platform
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.limits import Level
from grader.kernel.bpf import ALLOW, ARCHITECTURES, ERROR, KILL_PROCESS, Bits, Differs, Rule, compile_rules
from grader.kernel.call_numbers import MACHINES, NUMBERS
from grader.kernel.seccomp import NEWER, rules
from grader.sandbox.levels import why_not

SHUT_IN = (Level.ISOLATED, Level.RESTRICTED)
ALL_BITS = (1 << 64) - 1


def decide(program: bytes, number: int, arguments: list[int], architecture: int = ARCHITECTURES["x86_64"]) -> int:
    """What the kernel does with a call: the filter is run as the kernel's documentation says."""
    seen = struct.pack("=IIQ6Q", number, architecture, 0, *arguments)
    instructions = list(struct.iter_unpack("=HBBI", program))
    at = register = 0
    while True:
        code, if_true, if_false, value = instructions[at]
        at += 1
        match code:
            case 0x20:
                (register,) = struct.unpack_from("=I", seen, value)
            case 0x54:
                register &= value
            case 0x05:
                at += value
            case 0x15:
                at += if_true if register == value else if_false
            case 0x35:
                at += if_true if register >= value else if_false
            case 0x06:
                return value
            case _:
                raise AssertionError(f"no such instruction: {code:#x}")


def meant(made: list[Rule], number: int, arguments: list[int]) -> int:
    """What the rules say of a call of the machine's own way."""
    for rule in made:
        held = (
            arguments[test.argument] & test.mask == test.value
            if isinstance(test, Bits)
            else arguments[test.argument] != test.value
            for test in rule.tests
        )
        if rule.call == number and all(held):
            return ERROR | rule.error
    return ALLOW


# Few calls, places and values, so that rules meet each other and calls meet rules; halves that differ by one bit.
calls = st.sampled_from([0, 41, 0x3FFFFFFF])
few = st.sampled_from([0, 1, 1 << 31, 1 << 32, (1 << 32) + 1, ALL_BITS - 1, ALL_BITS])
values = st.one_of(few, few, few, st.integers(0, ALL_BITS))
places = st.sampled_from([0, 1, 5])
tests = st.builds(Differs, places, values) | st.builds(
    lambda place, mask, value: Bits(place, mask, value & mask), places, values, values
)
tuples = st.one_of(*(st.tuples(*[tests] * length) for length in (1, 1, 2, 3, 0)))
some_rules = st.lists(st.builds(Rule, calls, st.integers(1, 133), tuples), max_size=8)


@settings(max_examples=300)
@given(some_rules, st.lists(st.tuples(calls, st.lists(values, min_size=6, max_size=6)), min_size=8, max_size=8))
def test_a_filter_decides_as_its_rules_say(made: list[Rule], made_calls: list[tuple[int, list[int]]]) -> None:
    """Whatever the rules are, the first that holds decides, and what none refuses is allowed."""
    for machine, architecture in ARCHITECTURES.items():
        program = compile_rules(made, machine)
        for number, arguments in made_calls:
            assert decide(program, number, arguments, architecture) == meant(made, number, arguments)


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF))
def test_a_call_in_the_way_of_another_architecture_kills(number: int, architecture: int) -> None:
    """So does one of x32, by its number; -1 is not a call and harmless."""
    for machine, own in ARCHITECTURES.items():
        program = compile_rules(rules(Level.ISOLATED, machine), machine)
        if architecture != own:
            assert decide(program, number, [0] * 6, architecture) == KILL_PROCESS
    program = compile_rules(rules(Level.ISOLATED, "x86_64"), "x86_64")
    assert decide(program, number | 1 << 30, [0] * 6) == (ALLOW if number | 1 << 30 == 0xFFFFFFFF else KILL_PROCESS)


@pytest.mark.parametrize("count", [*range(30, 40), 133])
def test_rules_of_one_call_may_be_longer_than_a_jump(count: int) -> None:
    """A comparison skips 255 instructions at most; a call that comes after a longer answer is still found."""
    for few in range(7):  # rules of seven instructions and of four, so that all lengths occur
        made = [Rule(1, error, (Bits(0, ALL_BITS, error),)) for error in range(1, count)]
        made += [Rule(1, error, (Bits(0, 0xFFFF, error << 8),)) for error in range(1, few + 1)]
        made += [Rule(1, count), Rule(2, 7)]
        program = compile_rules(made, "x86_64")
        assert decide(program, 2, [0] * 6) == ERROR | 7
        assert decide(program, 3, [0] * 6) == ALLOW
        for argument in (0, 1, count - 1, count, 1 << 8, few << 8):
            assert decide(program, 1, [argument] * 6) == meant(made, 1, [argument] * 6)


def test_a_rule_that_cannot_hold_is_refused() -> None:
    """It would refuse nothing, silently."""
    with pytest.raises(ValueError, match="can never hold"):
        Bits(0, 1, 2)


UPPER = 1 << 32
REFUSED = (errno.EPERM, errno.EPERM)
NO_FLAGS = (errno.EOPNOTSUPP, errno.EOPNOTSUPP)
NO_FAMILY = (errno.EAFNOSUPPORT, errno.EAFNOSUPPORT)
DECISIONS = {  # a call, its first arguments, and the error at `isolated` and at `restricted`; 0 is allowed
    ("unshare",): REFUSED,
    ("statmount",): REFUSED,
    ("clone3",): (errno.ENOSYS, errno.ENOSYS),
    ("clone", 0x3D0F00): (0, 0),  # a thread
    ("clone", 0x1200011): (0, 0),  # a fork
    ("clone", 0x10000011): REFUSED,  # with a user namespace
    ("clone", 0x8011): REFUSED,  # a brother of itself
    ("ioctl", 0, 0x5401): (0, 0),
    ("ioctl", 0, 0x5412): REFUSED,
    ("ioctl", 0, UPPER | 0x5412): REFUSED,
    ("ioctl", 0, 0x40086602): REFUSED,
    ("fcntl", 0, 1030): (0, 0),
    ("fcntl", 0, UPPER | 1024): REFUSED,
    ("fadvise64", 0, 0, 0, 4): REFUSED,
    ("mincore",): REFUSED,
    ("cachestat",): REFUSED,
    ("inotify_init1",): REFUSED,
    ("syncfs",): REFUSED,
    ("preadv2", 0, 0, 1): (0, 0),
    ("preadv2", 0, 0, 1, 0, 0, 8): NO_FLAGS,
    ("pwritev2", 0, 0, 1, 0, 0, 0): (0, 0),
    ("pwritev2", 0, 0, 1, 0, 0, UPPER | 2): NO_FLAGS,
    ("madvise", 0, 4096, 4): (0, 0),
    ("madvise", 0, 4096, 20): (errno.EINVAL, errno.EINVAL),
    ("madvise", 0, 4096, UPPER | 21): (errno.EINVAL, errno.EINVAL),
    ("prlimit64", 0): (0, 0),
    ("prlimit64", 1): REFUSED,
    ("prlimit64", UPPER): REFUSED,
    ("setpriority", 0, 0): (0, 0),
    ("setpriority", 2, 0): REFUSED,
    ("ioprio_set", 1, 1): REFUSED,
    ("socket", 1, 1): (0, errno.EAFNOSUPPORT),
    ("socket", 2, 1): NO_FAMILY,
    ("socket", UPPER | 1, 1): NO_FAMILY,
    ("socketpair", 1, 0x80001): (0, 0),
    ("socketpair", 1, 0x802): (0, errno.EAFNOSUPPORT),
    ("socketpair", 16, 1): NO_FAMILY,
    ("fchmodat2",): (0, errno.EPERM),
    ("connect",): (0, errno.EPERM),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_refused_is_refused_on_every_machine(machine: str) -> None:
    """Also with bits in that half of an argument which the kernel does not take; calls to come do not exist."""
    for index, level in enumerate(SHUT_IN):
        program = compile_rules(rules(level, machine), machine)
        for (name, *first), errors in DECISIONS.items():
            number = NUMBERS[str(name)][MACHINES.index(machine)]
            assert number is not None
            arguments = [*map(int, first), *[0] * (6 - len(first))]
            expected = ERROR | errors[index] if errors[index] else ALLOW
            assert decide(program, number, arguments, ARCHITECTURES[machine]) == expected, (level, name, first)
        for number in NEWER:
            assert decide(program, number, [0] * 6, ARCHITECTURES[machine]) == ERROR | errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_every_number_is_used(machine: str) -> None:
    """A number that no rule names is one that a rule has lost."""
    known = {numbers[MACHINES.index(machine)] for numbers in NUMBERS.values()} - {None}
    assert known == {rule.call for rule in rules(Level.RESTRICTED, machine)} - set(NEWER)
    assert tuple(ARCHITECTURES) == MACHINES


HEADERS = {
    "x86_64": Path(f"/usr/include/{platform.machine()}-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.process
@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernel(machine: str) -> None:
    """By the kernel's headers; a call that they do not know yet by libseccomp. Neither is needed to run grader."""
    header, library = HEADERS[machine], ctypes.util.find_library("seccomp")
    if not header.exists() and not library:
        pytest.skip(f"neither {header} nor libseccomp is here to tell the numbers of {machine}")
    content = header.read_text() if header.exists() else ""
    pattern = r"^#define\s+__NR(?:3264)?_(?!syscalls\b)(\w+)\s+(\d+)\s*$"
    known = {name: int(number) for name, number in re.findall(pattern, content, re.MULTILINE)}
    newest = max((number for number in known.values() if number < 512), default=0)
    told = ctypes.CDLL(library) if library else None
    for name, numbers in NUMBERS.items():
        number = numbers[MACHINES.index(machine)]
        if content and (number is None or number <= newest):
            assert known.get(name) == number, name
        elif told:
            resolved = told.seccomp_syscall_resolve_name_arch(ARCHITECTURES[machine], name.encode())
            assert resolved == number or resolved < 0, name  # it does not know the newest either


TRIES = """
import ctypes, json, mmap, os, socket, sys, tempfile, threading
from grader.kernel import process, seccomp
from grader.core.limits import Level

process.no_new_privileges()
process.filter_system_calls(seccomp.compiled(Level(sys.argv[1])))
libc = ctypes.CDLL(None, use_errno=True)

def error(name, *arguments):
    ctypes.set_errno(0)
    return ctypes.get_errno() if getattr(libc, name)(*map(ctypes.c_long, arguments)) < 0 else 0

def forked(work):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def call_as_32_bits():
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(bytes([0x53, 0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0x5B, 0xC3]))  # getpid by int 0x80
    ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()

ran = []
thread = threading.Thread(target=ran.append, args=(True,))
thread.start()
thread.join()
with tempfile.TemporaryFile() as file:
    file.write(b"written")
    file.seek(0)
    read = file.read().decode()
print(json.dumps({
    "ptrace": error("ptrace", 0, 0, 0, 0),
    "unshare": error("unshare", 0x10000000),
    "personality": error("personality", -1),
    "clone3": error("syscall", 435, 0, 0),
    "listmount": error("syscall", 458, 0, 0, 0, 0),
    "newer": error("syscall", 500),
    "internet": error("socket", 2, 1, 0),
    "local": error("socket", 1, 1, 0),
    "pair": len(socket.socketpair()),
    "chmod": error("fchmod", -1, 0),
    "no call": error("syscall", -1),
    "fork": forked(lambda: None),
    "thread": ran,
    "file": read,
    "32 bits": forked(call_as_32_bits) if os.uname().machine == "x86_64" else -31,
    "x32": forked(lambda: libc.syscall(ctypes.c_long(1 << 30 | 39))) if os.uname().machine == "x86_64" else -31,
}))
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has seccomp")
@pytest.mark.skipif(platform.machine() not in MACHINES, reason="not a machine whose system calls grader knows")
@pytest.mark.parametrize("level", SHUT_IN, ids=str)
def test_this_kernel_takes_the_filter_and_obeys(level: Level) -> None:
    """Refused calls fail with the right error, forks, threads and files work, and other ways of calling are the end."""
    tried = subprocess.run(
        [sys.executable, "-c", TRIES, level], capture_output=True, text=True, check=False, timeout=60
    )
    assert tried.returncode == 0, tried.stderr
    assert json.loads(tried.stdout) == {
        "ptrace": errno.EPERM,
        "unshare": errno.EPERM,
        "personality": errno.EPERM,
        "clone3": errno.ENOSYS,
        "listmount": errno.EPERM,
        "newer": errno.ENOSYS,
        "internet": errno.EAFNOSUPPORT,
        "local": 0 if level is Level.ISOLATED else errno.EAFNOSUPPORT,
        "pair": 2,
        "chmod": errno.EBADF if level is Level.ISOLATED else errno.EPERM,
        "no call": errno.ENOSYS,
        "fork": 0,
        "thread": [True],
        "file": "written",
        "32 bits": -31,
        "x32": -31,
    }


def test_a_machine_whose_calls_are_unknown_gives_no_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter of other machines' numbers would refuse the wrong calls."""
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    for level in SHUT_IN:
        assert why_not(level) == (
            "grader knows the system calls of x86-64 and aarch64 only, not of riscv64;"
            " use --sandbox separate for code that you trust"
        )
    assert why_not(Level.SEPARATE) is None
