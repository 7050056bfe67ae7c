"""What a notebook's first cell finds, as if a notebook's shell were there: it shows nothing, and does nothing."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType
from typing import Any


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


def fresh_names() -> dict[str, Any]:
    """The names of a notebook before its first cell. The checks' own `run` does nothing here."""
    run, python, display = ModuleType("grader.notebook"), _ShellModule("IPython"), _ShellModule("IPython.display")
    vars(run).update(run=Nothing())
    vars(python).update(get_ipython=Nothing, display=display)
    sys.modules.update({"grader.notebook": run, "IPython": python, "IPython.display": display})
    return {"__name__": "__main__", "__builtins__": builtins, "display": Nothing(), "get_ipython": Nothing}
