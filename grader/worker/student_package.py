"""The student's package as probes see it.

`hw.cnn` is imported when first touched, so one broken file fails only the checks that use it. It is the module that
the student's own code imports: `cnn` where the modules lie at the top of what is submitted, else `hw.cnn`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import torch

from grader.checks.checks import FILES
from grader.core.observation import Fault
from grader.core.wire import fault_of_list

AUTHORS = {name.removesuffix(".py") for name in FILES}  # the modules of checks


class MissingFile(Exception):
    """The student's package has no module at this path; `files` are those that lie where it should."""

    def __init__(self, path: str, files: Sequence[str]) -> None:
        super().__init__(path)
        self.path = path
        self.files = tuple(files)


class ImportFailed(Exception):
    """Importing the module at this path raised; the cause is the exception that it raised."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


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
    """Attribute access imports a module: `hw.cnn` is the student's `cnn.py`. Raises the three exceptions above.

    `name` is the package's, or "." for modules at the top of the submission. `wanted` are the paths in the submission
    of the files that the assignment asks for.
    """

    def __init__(
        self, name: str, submission: Path, broken: Mapping[str, Sequence[Any]], wanted: Collection[str] = ()
    ) -> None:
        self._above = "" if name == "." else f"{name}."
        self._submission = submission
        self._broken = broken
        self._wanted = wanted

    def __getattr__(self, attribute: str) -> ModuleType:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return self._module(f"{self._above}{attribute}")

    def _module(self, full_name: str) -> ModuleType:
        """Import `hw.cnn`, given as its full name."""
        if full_name in self._broken:
            raise KnownBroken(fault_of_list(self._broken[full_name]))
        path = self._path(full_name)
        if path is None:
            inside = (each for each in self._wanted if each.startswith(f"{_place(full_name)}/"))
            asked = next(inside, f"{_place(full_name)}.py")
            there = (self._submission / asked).parent.glob("*.py")
            raise MissingFile(asked, sorted(each.name for each in there if each.name != "__init__.py"))
        try:
            if self._is_elsewhere(sys.modules.get(full_name)):
                raise ImportError(f"another module called `{full_name}` has been imported before; rename yours")
            with undisturbed_generators():
                module = importlib.import_module(full_name)
        except BaseException as error:
            raise ImportFailed(path) from error
        return self._opened(module) if path.endswith("__init__.py") else module

    def _path(self, full_name: str) -> str | None:
        """Where in the submission a module lies; of a package, whether it has one or not, its `__init__.py`."""
        place = _place(full_name)
        if (self._submission / f"{place}/__init__.py").is_file():
            return f"{place}/__init__.py"
        if (self._submission / f"{place}.py").is_file():
            return f"{place}.py"
        return f"{place}/__init__.py" if any((self._submission / place).glob("*.py")) else None

    def _is_elsewhere(self, module: ModuleType | None) -> bool:
        file = getattr(module, "__file__", None)
        return isinstance(file, str) and not file.startswith(f"{self._submission}{os.sep}")

    def _opened(self, package: ModuleType) -> ModuleType:
        """The same object, of which checks touch modules too: `hw.models.cnn`. For other code nothing changes."""

        class Opened(ModuleType):
            def __getattr__(opened, name: str) -> ModuleType:
                full_name = f"{opened.__name__}.{name}"
                is_asked_by_a_check = sys._getframe(1).f_globals.get("__name__") in AUTHORS
                if is_asked_by_a_check and (self._path(full_name) or f"{_place(full_name)}.py" in self._wanted):
                    return self._module(full_name)
                raise AttributeError(f"module {opened.__name__!r} has no attribute {name!r}", name=name, obj=opened)

        if type(package) is ModuleType:  # else it is one already, or what the package has put into its own place
            package.__class__ = Opened
        return package


def _place(full_name: str) -> str:
    return full_name.replace(".", "/")
