"""What a probe may return beside its values to show where a student's model departs from the reference."""

from torch import nn

STATEFUL = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._NormBase)


def layers(model: nn.Module) -> list[str]:
    """One line for each leaf module that draws random numbers or holds parameters or buffers, in order of definition.

    Activations and pooling are left out: students may write them as modules or as functions.
    """
    return [
        repr(module)[:200]
        for module in model.modules()
        if not any(True for _ in module.children()) and (isinstance(module, STATEFUL) or _holds_state(module))
    ]


def _holds_state(module: nn.Module) -> bool:
    return any(True for _ in module.parameters()) or any(True for _ in module.buffers())
