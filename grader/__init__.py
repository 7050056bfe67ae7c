"""grader: autograding for PyTorch homework. This package root offers what authors of checks use, nothing else.

The names are loaded when first used: the command line and the pytest plugin import this package without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.checks.checks import check
    from grader.checks.criteria import accuracy, answered, close, equal, finite, labels, normal, shaped, uniform
    from grader.checks.differences import Unmet
    from grader.checks.evidence import layers

__all__ = [
    "Unmet",
    "accuracy",
    "answered",
    "check",
    "close",
    "equal",
    "finite",
    "labels",
    "layers",
    "normal",
    "shaped",
    "uniform",
]

_HOME = {"check": "checks", "layers": "evidence", "Unmet": "differences"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'grader' has no attribute {name!r}")
    return getattr(import_module(f"grader.checks.{_HOME.get(name, 'criteria')}"), name)
