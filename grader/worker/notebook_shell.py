"""What a notebook's first cell finds, as if a notebook's shell were there: it shows nothing, and does nothing.

Colab is not as if it were there: a notebook that asks for it (`try: import google.colab`) goes its other way. Where the
import stands alone and fails, its names are given all the same, or drawing and training would take all else along.
"""

from __future__ import annotations

import ast
import builtins
import sys
from types import ModuleType
from typing import Any, NoReturn


class Nothing:
    """Anything of the shell's, such as `get_ipython()`: all that it has does nothing, and gives None when called."""

    @property
    def config(self) -> dict[str, Any]:
        """Libraries look there for the kind of the shell."""
        return {}

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __call__(self, *given: object, **named: object) -> None:
        pass


class _ShellModule(ModuleType):
    """A module of IPython's. The real one takes half a second, and may be absent."""

    version_info = (9, 0)  # matplotlib asks

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()


class _Uploaded(dict[str, bytes]):
    """What `files.upload()` of Colab gives: no file."""

    def __missing__(self, name: str) -> NoReturn:
        raise KeyError(f"{name} is not here: nothing is uploaded while this is graded")


class _Files(Nothing):
    def upload(self, *given: object, **named: object) -> _Uploaded:
        return _Uploaded()


class _Secrets(Nothing):
    def get(self, name: str) -> str:
        return ""


class _Colab(Nothing):
    files = _Files()
    userdata = _Secrets()


class _Google(Nothing):
    colab = _Colab()


COLAB = ("google", "colab")


def names_of_colab(statement: ast.stmt) -> dict[str, Any]:
    """The names that an import from `google.colab`, which is not here, would give; none for any other statement."""
    match statement:
        case ast.Import(names=[alias]) if is_of_colab(alias.name):
            return {alias.asname: _found(alias.name)} if alias.asname else {COLAB[0]: _Google()}
        case ast.ImportFrom(module=str(module), names=names, level=0):
            paths = {alias.asname or alias.name: f"{module}.{alias.name}" for alias in names if alias.name != "*"}
            return {name: _found(path) for name, path in paths.items()} if all(map(is_of_colab, paths.values())) else {}
    return {}


def is_of_colab(module: str) -> bool:
    """Whether it is `google.colab`, or something in it."""
    return tuple(module.split(".")[:2]) == COLAB


def _found(path: str) -> Any:
    found: Any = _Google()
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    return found


def fresh_names() -> dict[str, Any]:
    """The names of a notebook before its first cell. The checks' own `run` does nothing here."""
    run, python, display = ModuleType("grader.notebook"), _ShellModule("IPython"), _ShellModule("IPython.display")
    vars(run).update(run=Nothing())
    vars(python).update(get_ipython=Nothing, display=display)
    sys.modules.update({"grader.notebook": run, "IPython": python, "IPython.display": display})
    return {"__name__": "__main__", "__builtins__": builtins, "display": Nothing(), "get_ipython": Nothing}
