"""What a probe may return beside its values to show where a student's model departs from the reference."""

from torch import nn

__all__ = ["layers"]


def layers(model: nn.Module) -> list[str]:
    """One line for each leaf module that holds parameters or buffers, in order of definition.

    Activations, pooling and dropout are left out: students may write them as modules or as functions.
    """
    return [
        repr(module)[:200]
        for module in model.modules()
        if next(module.children(), None) is None and len([*module.parameters(), *module.buffers()])
    ]
