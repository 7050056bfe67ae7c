"""Compiles rules on system calls into a seccomp filter: BPF instructions that the kernel runs before every call.

What no rule refuses is allowed. Of the rules on one call the first that holds decides. A call in the way of another
architecture kills the process, as its numbers mean other calls. Both machines are little-endian: the lower half of an
argument comes first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Instructions on one register: load 32 bits of what is known of the call, mask it, compare it, end.
LOAD, AND, JUMP, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x06
LONGEST_JUMP = 0xFF  # of a comparison; a plain jump has 32 bits
KILL_PROCESS, ERROR, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # where they are in `struct seccomp_data`
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # by the machine's name
X32 = 0x40000000  # x86-64 has a second way of calling, with this bit in the number
NO_CALL = 0xFFFFFFFF  # -1: the kernel says that there is no such call
HALF = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Differs:
    """Holds where an argument (0 to 5) is not `value`, in any of its 64 bits, even if the kernel looks at 32 only."""

    argument: int
    value: int


@dataclass(frozen=True, slots=True)
class Bits:
    """Holds where the bits of an argument (0 to 5) that `mask` has are those of `value`."""

    argument: int
    mask: int
    value: int

    def __post_init__(self) -> None:
        if self.value & ~self.mask:
            raise ValueError(f"{self} can never hold: its value has bits that the mask has not")


Test = Differs | Bits


@dataclass(frozen=True, slots=True)
class Rule:
    """The call with this number fails with `error` where all tests hold; without tests it always does."""

    call: int
    error: int
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class _Instruction:
    """What to do with `value`; of a comparison, how many instructions to skip."""

    code: int
    value: int
    if_true: int = 0
    if_false: int = 0

    def packed(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.if_true, self.if_false, self.value)


def compile_rules(rules: Iterable[Rule], machine: str) -> bytes:
    """The filter for a machine of `ARCHITECTURES`, to be put on by `process.filter_system_calls`.

    It goes through the calls one by one. From Linux 5.11 on the kernel does so once for each call that no test of its
    arguments can refuse, and remembers.
    """
    program = [
        _Instruction(LOAD, ARCHITECTURE),
        _Instruction(JUMP_IF_EQUAL, ARCHITECTURES[machine], if_true=1),
        _Instruction(RETURN, KILL_PROCESS),
        _Instruction(LOAD, NUMBER),
    ]
    if machine == "x86_64":
        program += [
            _Instruction(JUMP_IF_AT_LEAST, X32, if_false=2),
            _Instruction(JUMP_IF_EQUAL, NO_CALL, if_true=1),
            _Instruction(RETURN, KILL_PROCESS),
        ]
    calls: dict[int, list[Rule]] = {}
    for rule in rules:
        calls.setdefault(rule.call, []).append(rule)
    for call, of_call in calls.items():
        answer = _answer(of_call)
        if len(answer) > LONGEST_JUMP:
            program += [_Instruction(JUMP_IF_EQUAL, call, if_true=1), _Instruction(JUMP, len(answer))]
        else:
            program += [_Instruction(JUMP_IF_EQUAL, call, if_false=len(answer))]
        program += answer
    program += [_Instruction(RETURN, ALLOW)]
    return b"".join(instruction.packed() for instruction in program)


def _answer(rules: Sequence[Rule]) -> list[_Instruction]:
    """What becomes of one call. It ends the filter: the register no longer holds the number."""
    answer: list[_Instruction] = []
    for rule in rules:
        refusal = [_Instruction(RETURN, ERROR | rule.error)]
        for test in reversed(rule.tests):  # each jumps past what follows it, so the last is made first
            refusal = [*_test(test, past=len(refusal)), *refusal]
        answer += refusal
        if not rule.tests:
            return answer
    return [*answer, _Instruction(RETURN, ALLOW)]


def _test(test: Test, past: int) -> list[_Instruction]:
    """Goes on to the next instruction if the test holds, else skips `past` instructions of those that follow."""
    low, high = _Instruction(LOAD, ARGUMENTS + 8 * test.argument), _Instruction(LOAD, ARGUMENTS + 8 * test.argument + 4)
    if isinstance(test, Differs):
        return [
            low,
            _Instruction(JUMP_IF_EQUAL, test.value & HALF, if_false=2),
            high,
            _Instruction(JUMP_IF_EQUAL, test.value >> 32 & HALF, if_true=past),
        ]
    made: list[_Instruction] = []
    for load, shift in ((low, 0), (high, 32)):
        if mask := test.mask >> shift & HALF:
            equal = _Instruction(JUMP_IF_EQUAL, test.value >> shift & HALF, if_false=past + len(made))
            made = [load, _Instruction(AND, mask), equal, *made]
    return made
