"""Between two cases of one process: put back what the first may have changed, so that honest code meets a fresh one.

It is not a wall: code that wants to be remembered will be, and a case that fails in its group is run again alone. Left
as they are:

- the generators of Python, NumPy and torch, which the caller seeds;
- the checks' own modules, their cases and their data, which the caller makes anew;
- attributes of other people's modules (`torch.relu = ...`), and what is registered with these (`torch.library`);
- threads, processes, descriptors, audit hooks, lowered limits.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import logging
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from grader.worker.fresh_imports import FreshImports
from grader.worker.process_state import CALLS, CLOSED, OPEN, PLACES, SETTINGS

WORKING = "box"
FOLDERS = (WORKING, "tmp", "dev/shm")  # those of a room that student code can write to, where it has them
GROWTH = 64 << 20  # bytes more than before, from which on giving memory back is worth the time
TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")

Step = Callable[[], object]


class Between:
    """What code of a case may have changed, as it was before the first one. The tables are in `process_state`."""

    def __init__(self, root: Path, *last: Step) -> None:
        """Look at it. Made once, before anything of the student's runs; the working folder is `root`/box.

        All else being as it was, the `last` steps follow.
        """
        folders = [root / name for name in FOLDERS if (root / name).is_dir()]
        imports = FreshImports(root / "submission", folders)  # before the names, some of which it changes
        names = _Names()
        self._steps: tuple[Step, ...] = (
            names.put_back,  # first, and without a builtin: there may be none
            *_end_of_interruptions(),
            _Handlers().put_back,
            names.drop_added,
            imports.put_back,
            imports.collect,  # runs finalizers of the student's, so that all else comes after it
            *filter(None, map(_kept_place, PLACES)),
            *filter(None, (_kept_setting(*setting) for setting in SETTINGS)),
            _Loggers().put_back,
            *CALLS,
            *(
                functools.partial(_empty, folder, stat.S_IMODE(folder.stat().st_mode), _shown_in(folder))
                for folder in folders
            ),
            functools.partial(os.chdir, root / WORKING),
            *last,
            _Memory().give_back,
        )

    def restore(self) -> None:
        """Put it back, once nothing of the caller's refers to the case: what is still referred to is not collected.

        What student code has put in the way of one step costs that step only. Only what interrupts this call itself can
        raise: a trace function, or the handler of a timer's signal.
        """
        steps = self._steps.__iter__()
        while True:
            try:
                for step in steps:
                    step()
                return
            except BaseException:  # noqa: S112
                continue


class _Names:
    """All names of a few modules."""

    def __init__(self) -> None:
        self._closed = [(vars(module), dict(vars(module))) for module in map(sys.modules.__getitem__, CLOSED)]
        self._all = [*self._closed, *((vars(sys.modules[name]), dict(vars(sys.modules[name]))) for name in OPEN)]

    def put_back(self) -> None:
        for names, before in self._all:
            names.update(before)

    def drop_added(self) -> None:
        for names, before in self._closed:
            for name in names.keys() - before.keys():
                del names[name]


def _end_of_interruptions() -> Iterator[Step]:
    """Each a step, and none of them Python code: what interrupts may raise after any line, and does so after it."""
    yield functools.partial(sys.settrace, sys.gettrace())
    yield functools.partial(sys.setprofile, sys.getprofile())
    yield functools.partial(sys.setrecursionlimit, sys.getrecursionlimit())
    for timer in TIMERS:
        if hasattr(signal, timer):
            yield functools.partial(signal.setitimer, getattr(signal, timer), 0)


class _Handlers:
    """What is called on each signal."""

    def __init__(self) -> None:
        handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        self._handlers = {number: handler for number, handler in handlers.items() if handler is not None}

    def put_back(self) -> None:
        for number, handler in self._handlers.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)


def _kept_place(path: str) -> Step | None:
    module, _, attributes = path.partition(":")
    *way, name = attributes.split(".")
    try:
        owner = functools.reduce(getattr, way, sys.modules[module])
        value = getattr(owner, name)
    except (KeyError, AttributeError):
        return None
    content: Any = None
    if isinstance(value, list | set | MutableMapping):
        content = dict(value) if isinstance(value, MutableMapping) else value.copy()

    def put_back() -> None:
        if getattr(owner, name, None) is not value:
            setattr(owner, name, value)
        if content is not None and not _same(value, content):
            value.clear()
            (value.extend if isinstance(value, list) else value.update)(content)

    return put_back


def _kept_setting(read: Callable[[], Any], write: Callable[[Any], object]) -> Step | None:
    try:
        before = read()
    except Exception:  # this torch has no such setting
        return None

    def put_back() -> None:
        try:
            changed = not _same(read(), before)
        except Exception:  # torch tells some settings only while they are consistent
            changed = True
        if changed:
            write(before)

    return put_back


def _same(now: object, before: object) -> bool:
    try:
        return bool(now == before)
    except Exception:  # a tensor, say, has no single answer
        return False


class _Loggers:
    """The state of each logger of a whole package; of those that were added, only other people's stay."""

    def __init__(self) -> None:
        named = logging.root.manager.loggerDict
        loggers = [each for name, each in named.items() if "." not in name and isinstance(each, logging.Logger)]
        self._loggers = {logger: self._state(logger) for logger in (logging.root, *loggers)}
        self._count = len(named)

    def put_back(self) -> None:
        named = logging.root.manager.loggerDict
        for name in list(itertools.islice(reversed(named), len(named) - self._count)):
            top = name.partition(".")[0]
            if top not in sys.modules or top == "__main__":  # the student's modules are gone by now
                del named[name]
        self._count = len(named)
        for logger, before in self._loggers.items():
            if self._state(logger) != before:
                level, logger.propagate, logger.disabled, logger.handlers[:], logger.filters[:] = before
                logger.setLevel(level)

    @staticmethod
    def _state(logger: logging.Logger) -> tuple[int, bool, bool, list[Any], list[Any]]:
        return logger.level, logger.propagate, logger.disabled, [*logger.handlers], [*logger.filters]


def _shown_in(folder: Path) -> frozenset[str]:
    """What a room shows of an installation below /tmp lies there; the working folder holds copies, laid out anew."""
    return frozenset(() if folder.name == WORKING else os.listdir(folder))  # noqa: PTH208  names alone


def _empty(folder: Path, mode: int, kept: frozenset[str]) -> None:
    """No link is followed, and no folder entered that is deeper than one: those in one are moved up before it goes."""
    if not _is_folder(folder):  # only where student code can write to what is around it
        folder.unlink(missing_ok=True)
        folder.mkdir()
    if stat.S_IMODE(folder.stat().st_mode) != mode:
        folder.chmod(mode)
    while entries := [entry for entry in folder.iterdir() if entry.name not in kept]:
        for entry in entries:
            if not _is_folder(entry):
                entry.unlink()
                continue
            _open(entry)
            for inner in list(entry.iterdir()):
                if _is_folder(inner):
                    _open(inner)  # moving a folder writes to it
                    inner.rename(folder / os.urandom(16).hex())
                else:
                    inner.unlink()
            entry.rmdir()


def _open(folder: Path) -> None:
    """Only where it is shut: at the level `restricted` nobody may change a mode, and so nobody has."""
    if folder.stat().st_mode & stat.S_IRWXU != stat.S_IRWXU:
        folder.chmod(0o700)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


class _Memory:
    """What the process holds of the machine's memory."""

    def __init__(self) -> None:
        self._before = self._used()

    def give_back(self) -> None:
        if self._used() - self._before > GROWTH:
            ctypes.CDLL(None).malloc_trim(0)
            self._before = max(self._before, self._used())  # what could not be given back

    @staticmethod
    def _used() -> int:
        try:
            with open("/proc/self/statm", "rb") as numbers:  # noqa: PTH123
                return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:  # not on Linux
            return 0
