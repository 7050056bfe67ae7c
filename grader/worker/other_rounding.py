"""Other last digits: what sums give where their terms are added in another order, as on another machine.

Two right solutions differ as much as two machines do. What is compared exactly (labels, the index of a largest score, a
count above a threshold) must not depend on it: `regenerate` looks whether it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

ULPS = 4  # of the root mean square of what comes out: what is summed is about so large, and may have cancelled
# Below autograd, so that gradients are covered. What does not add cannot be added in another order.
SUMS = frozenset({
    "mm", "addmm", "bmm", "baddbmm", "addbmm", "mv", "addmv", "dot", "vdot", "convolution", "convolution_backward",
    "sum", "mean", "var", "std", "var_mean", "std_mean", "cumsum", "linalg_vector_norm", "logsumexp", "_softmax",
    "_log_softmax", "_softmax_backward_data", "_log_softmax_backward_data", "nll_loss_forward", "mse_loss",
    "native_batch_norm", "_native_batch_norm_legit", "native_batch_norm_backward", "native_layer_norm",
    "native_layer_norm_backward", "native_group_norm", "native_group_norm_backward", "avg_pool2d",
    "_adaptive_avg_pool2d", "avg_pool2d_backward", "_adaptive_avg_pool2d_backward", "embedding_dense_backward",
})  # fmt: skip


class OtherRounding(TorchDispatchMode):
    """Within, every sum is a few last digits off: by the same draws each time, towards `direction`, 1 or -1."""

    def __init__(self, direction: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._direction = direction
        self._draws = torch.Generator().manual_seed(0)  # of its own: the student's draws stay what they are

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        with torch._C.DisableTorchFunction():  # the probe may list what is called
            self._round(func, args, result)
        return result

    def _round(self, func: Any, args: Any, result: Any) -> None:
        if func._schema.name.removeprefix("aten::") in SUMS and not _is_exact(args):
            for each in result if isinstance(result, tuple | list) else (result,):
                if isinstance(each, Tensor) and each.is_floating_point() and each.numel():
                    self._shift(each)

    def _shift(self, value: Tensor) -> None:
        size = float(value.double().square().mean().sqrt()) * torch.finfo(value.dtype).eps * ULPS
        by = torch.rand(value.shape, generator=self._draws).mul_(2).sub_(1)
        value.add_(by.to(value), alpha=self._direction * size)


def _is_exact(values: Iterable[object]) -> bool:
    """Whether only whole numbers are added: in every order they give the same."""
    floats = [each for each in values if isinstance(each, Tensor) and each.is_floating_point()]
    return all(bool((each == each.round()).all()) for each in floats)
