"""What a probe may return beside its values to show where a student's model departs from the reference."""

from collections.abc import Mapping

from torch import nn

from grader.checks.differences import FEW, UNREGISTERED
from grader.core.observation import Value

__all__ = ["layers"]

SAME_LAYERS = "the expected ones; made in another order, or with a random number drawn between, they have other weights"


def layers(model: nn.Module) -> list[str]:
    """One line for each leaf module that holds parameters or buffers, in order of definition.

    Activations, pooling and dropout are left out: students may write them as modules or as functions.
    """
    return [
        repr(module)[:200]
        for module in model.modules()
        if next(module.children(), None) is None and len([*module.parameters(), *module.buffers()])
    ]


def of_layers(seen: Mapping[str, Value], expected: Mapping[str, Value]) -> str:
    """What the layers tell of a value that differs: most are missing, or they are the same; or nothing."""
    mine, theirs = seen.get("layers"), expected.get("layers")
    if not isinstance(mine, list) or not isinstance(theirs, list) or not theirs:
        return ""
    if FEW * len(mine) <= len(theirs):
        return UNREGISTERED
    return SAME_LAYERS if mine == theirs else ""
