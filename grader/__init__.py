"""grader: autograding for PyTorch homework. This package root offers what authors of checks use, nothing else.

That is `__all__` of a few modules. They are loaded when a name of theirs is first used: the command line and the pytest
plugin import this package without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.checks.checks import *  # noqa: F403
    from grader.checks.criteria import *  # noqa: F403
    from grader.checks.differences import *  # noqa: F403
    from grader.checks.evidence import *  # noqa: F403

OFFERING = ("checks", "criteria", "evidence", "differences")


def __getattr__(name: str) -> Any:
    for module in OFFERING if not name.startswith("_") else ():
        loaded = import_module(f"grader.checks.{module}")
        if name in loaded.__all__:
            return globals().setdefault(name, getattr(loaded, name))  # found at once the next time
    raise AttributeError(f"module 'grader' has no attribute {name!r}")
