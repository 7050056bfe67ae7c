"""The student's modules are imported anew for each case, and other people's once."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, ClassVar

WITHOUT_FILE = ("built-in", "frozen")

# Taken at import, which is before a fork: to look at a module writes to its page, so that a fork copies 2,500 of them.
_known = dict(sys.modules)
_known_top = {name: module for name, module in _known.items() if "." not in name}


class FreshImports:
    """The modules that there were before the first case, and the ways by which modules are found.

    What a case adds stays where it comes from a file outside the student's `folders`, with what such a module has made
    in `sys.modules` below its own name. All else goes: it would hold the state of the case that made it.

    What was added lies behind the name of this module in `sys.modules`, which is kept at the end. All of it is looked
    at only where some are gone too; another module in the place of one within a package is not noticed otherwise.
    """

    def __init__(self, submission: Path, folders: Sequence[Path]) -> None:
        self._students = tuple(f"{folder}{os.sep}" for folder in (submission, *folders))
        sys.path_hooks.insert(0, _keeping_code(f"{submission}{os.sep}"))
        self._kept_folders: set[str] = set()
        self._forget_folders()
        self._modules, self._top = _known, _known_top
        self._keep(_added())
        self._finders, self._hooks = list(sys.meta_path), list(sys.path_hooks)
        self._grown = False

    def put_back(self) -> None:
        added = _added()
        if len(sys.modules) != len(self._modules) + len(added):
            added = {name: sys.modules[name] for name in sys.modules.keys() - self._modules.keys()}
            sys.modules.update(self._modules)
        stays = {name: module for name, module in added.items() if self._is_of_others(module)}
        stays |= {
            name: module
            for name, module in added.items()
            if not _places(module) and any(name.startswith(f"{other}.") for other in stays)
        }
        for name in added.keys() - stays.keys():
            del sys.modules[name]
        sys.modules.update(self._top)
        self._keep(stays)
        # A finder that a module of others has added is needed as long as that module: it is not executed again.
        added_finders = [finder for finder in sys.meta_path if finder not in self._finders]
        self._finders += [finder for finder in added_finders if getattr(finder, "__module__", None) in self._modules]
        sys.meta_path[:] = self._finders
        sys.path_hooks[:] = self._hooks
        self._forget_folders()
        self._grown = bool(stays)

    def collect(self) -> None:
        """What went with the modules, so that its finalizers do not meet the next case. `put_back` still held it."""
        gc.collect()
        if self._grown:
            gc.freeze()  # what other people's modules have made would be looked through after each case

    def _keep(self, modules: Mapping[str, ModuleType]) -> None:
        self._modules.update(modules)
        self._top.update((name, module) for name, module in modules.items() if "." not in name)
        sys.modules[__name__] = sys.modules.pop(__name__)

    def _is_of_others(self, module: object) -> bool:
        places = _places(module)
        return bool(places) and all(place in WITHOUT_FILE or self._is_elsewhere(place) for place in places)

    def _is_elsewhere(self, path: str) -> bool:
        return os.path.isabs(path) and not f"{path}{os.sep}".startswith(self._students)  # noqa: PTH117  many, after each case

    def _forget_folders(self) -> None:
        for path in sys.path_importer_cache.keys() - self._kept_folders:
            if self._is_elsewhere(path):
                self._kept_folders.add(path)
            else:
                del sys.path_importer_cache[path]


def _added() -> dict[str, ModuleType]:
    return {name: sys.modules[name] for name in itertools.takewhile(__name__.__ne__, reversed(sys.modules))}


def _places(module: object) -> list[str]:
    """Where a module comes from; nothing for one that was made by hand, or cannot be asked."""
    try:
        spec = getattr(module, "__spec__", None)
        places = getattr(module, "__file__", None), getattr(spec, "origin", None), *getattr(module, "__path__", ())
    except BaseException:  # an object of any kind may stand there
        return []
    return [place for place in places if type(place) is str]


class _CodeKeepingLoader(SourceFileLoader):
    """Compiles each file once. Nobody writes to its folder: neither is it another one later, nor is there a `.pyc`."""

    codes: ClassVar[dict[str, CodeType]] = {}

    def get_code(self, fullname: str) -> CodeType | None:
        if self.path not in self.codes:
            code = super().get_code(fullname)
            assert code is not None
            self.codes[self.path] = code
        return self.codes[self.path]


def _keeping_code(submission: str) -> Callable[[str], Any]:
    find = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (_CodeKeepingLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )

    def hook(path: str) -> Any:
        if not f"{path}{os.sep}".startswith(submission):
            raise ImportError(f"{path}: not of the submission")
        return find(path)

    return hook
