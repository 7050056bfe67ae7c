"""How torch is set before student code runs: so that it repeats, on one thread, and draws as on any machine."""

import inspect
import warnings


def settle_torch() -> object:
    """Import torch and set it. The override of dropout lives as long as what is returned."""
    import torch

    from grader.worker.portable_random import install_portable_dropout

    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.set_deterministic_debug_mode("warn")  # as `use_deterministic_algorithms` does, without importing a compiler
    warnings.filterwarnings("ignore", message=".*does not have a deterministic implementation.*")
    return install_portable_dropout()


def make_optimizers_cheap() -> None:
    """Make an optimizer without torch's compiler, a second's import: for a fresh process, which may never take a step.

    Its first step imports it in any case.
    """
    from torch.optim import Optimizer

    Optimizer.add_param_group = inspect.unwrap(Optimizer.add_param_group)  # type: ignore[method-assign]
