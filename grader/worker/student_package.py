"""The student's package as probes see it.

`hw.cnn` is imported when first touched, so one broken file fails only the checks that use it.
"""

from __future__ import annotations

import contextlib
import importlib
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy
import torch

from grader.core.observation import Fault
from grader.core.wire import fault_of_list


class MissingFile(Exception):
    """The student's package has no such module; `files` are those that it has."""

    def __init__(self, module: str, files: Sequence[str]) -> None:
        super().__init__(module)
        self.module = module
        self.files = tuple(files)


class ImportFailed(Exception):
    """Importing a module of the student's raised; the cause is the exception that it raised."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module


class KnownBroken(Exception):
    """An earlier process found that this module does not import; it is not tried again."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@contextlib.contextmanager
def undisturbed_generators() -> Iterator[None]:
    """A module or a cell that seeds or draws while it is run must not undo the seed that the check has set before."""
    state = random.getstate(), numpy.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(state[0])
        numpy.random.set_state(state[1])
        torch.set_rng_state(state[2])


class StudentPackage:
    """Attribute access imports a module: `hw.cnn` is the student's `cnn.py`. Raises the three exceptions above."""

    def __init__(self, name: str, submission: Path, broken: Mapping[str, Sequence[str]]) -> None:
        self._name = name
        self._folder = submission / name
        self._broken = broken

    def __getattr__(self, attribute: str) -> ModuleType:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return self.module(f"{self._name}.{attribute}")

    def module(self, full_name: str) -> ModuleType:
        """Import `hw.cnn`, given as its full name."""
        if full_name in self._broken:
            raise KnownBroken(fault_of_list(self._broken[full_name]))
        stem = full_name.rpartition(".")[2]
        if not (self._folder / f"{stem}.py").is_file() and not (self._folder / stem / "__init__.py").is_file():
            files = sorted(path.name for path in self._folder.glob("*.py") if path.name != "__init__.py")
            raise MissingFile(f"{self._name}/{stem}.py", files)
        if full_name in sys.modules:
            return sys.modules[full_name]
        try:
            with undisturbed_generators():
                return importlib.import_module(full_name)
        except BaseException as error:
            raise ImportFailed(full_name) from error
