"""What of a process student code may change and the next case would notice: as tables, a line for each thing.

A line that this version of Python or torch cannot read is passed over.
"""

from __future__ import annotations

import atexit
import decimal
import gc
import itertools
import locale
import logging
import multiprocessing
import os
import signal
import sys
import threading
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy
import torch
from torch.autograd import forward_ad
from torch.optim import optimizer
from torch.utils._python_dispatch import TorchDispatchMode

# Modules whose names all come back: the worker itself goes on with them. In the closed ones nothing added is left.
CLOSED = ("builtins", "sys")
OPEN = ("gc", "io", "json", "logging", "os", "signal", "tempfile", "threading", "time", "warnings")

# `module:attribute`. A list, a dict or a set gets back what was in it.
PLACES = (
    "gc:callbacks", "logging:_levelToName", "logging:_nameToLevel", "os:environ", "sys:argv", "sys:path",
    "warnings:filters", "warnings:onceregistry",
    "asyncio.events:_event_loop_policy",  # after `asyncio.run` it makes no loop any more
    "torch:_GLOBAL_DEVICE_CONTEXT.__dict__", "torch.utils._device:CURRENT_DEVICE",  # of `set_default_device`
    "torch._tensor_str:PRINT_OPTS.__dict__",
    "torch.__future__:_overwrite_module_params_on_conversion", "torch.__future__:_swap_module_params_on_conversion",
    "torch._weights_only_unpickler:_marked_safe_globals_set",  # of classes that are no longer the same
    "torch.distributions.distribution:Distribution._validate_args",
    *(f"torch.nn.modules.module:{name}" for name in vars(torch.nn.modules.module) if name.startswith("_global_")),
    *(f"torch.optim.optimizer:{name}" for name in vars(optimizer) if name.startswith("_global_")),
)  # fmt: skip

Setting = tuple[Callable[[], Any], Callable[[Any], object]]


def _of_torch(name: str) -> Setting:
    return lambda: getattr(torch._C, f"_get_{name}")(), lambda value: getattr(torch._C, f"_set_{name}")(value)


def _of_attention(kind: str) -> Setting:
    read, write = f"_get_{kind}_sdp_enabled", f"_set_sdp_use_{kind}"
    return lambda: getattr(torch._C, read)(), lambda value: getattr(torch._C, write)(value)


def _of_precision(backend: str, operation: str) -> Setting:
    """As torch 2.9 and later have them."""
    return (
        lambda: torch._C._get_fp32_precision_getter(backend, operation),
        lambda value: torch._C._set_fp32_precision_setter(backend, operation, value),
    )


def _umask() -> int:
    before = os.umask(0o077)
    os.umask(before)
    return before


def _function_modes() -> list[Any]:
    return [torch._C._get_function_stack_at(place) for place in range(torch._C._len_torch_function_stack())]


def _set_function_modes(modes: list[Any]) -> None:
    while torch._C._len_torch_function_stack():
        torch._C._pop_torch_function_stack()
    for mode in modes:
        torch._C._push_on_torch_function_stack(mode)


def _leave_dispatch_modes(depth: int) -> None:
    while (now := torch._C._len_torch_dispatch_stack()) > depth:
        TorchDispatchMode.__exit__(torch._C._get_dispatch_stack_at(now - 1), None, None, None)


_entered: list[Any] = []  # a guard that is collected leaves its mode


def _set_inference_mode(on: bool) -> None:
    _entered.append(torch._C._InferenceMode(on))
    _entered[-1].__enter__()


def _autocast_depth() -> int:
    torch.autocast_increment_nesting()
    return torch.autocast_decrement_nesting()


def _leave_autocast(depth: int) -> None:
    while torch.autocast_decrement_nesting() > depth:
        pass
    torch.clear_autocast_cache()


# What the first call tells, the second one sets; it does where that is another value now, or cannot be told any more.
SETTINGS: tuple[Setting, ...] = (
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    (_umask, os.umask),
    (lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()), lambda all: signal.pthread_sigmask(signal.SIG_SETMASK, all)),
    (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    (gc.get_threshold, lambda values: gc.set_threshold(*values)),
    (gc.get_debug, gc.set_debug),
    (tracemalloc.is_tracing, lambda before: tracemalloc.stop()),  # it makes all that follows slow
    (lambda: locale.setlocale(locale.LC_ALL), lambda value: locale.setlocale(locale.LC_ALL, value)),
    (lambda: decimal.getcontext().copy(), lambda value: decimal.setcontext(value.copy())),
    (lambda: logging.root.manager.disable, logging.disable),
    (
        lambda: multiprocessing.get_start_method(allow_none=True),
        lambda value: multiprocessing.set_start_method(value, force=True),
    ),
    (torch.multiprocessing.get_sharing_strategy, torch.multiprocessing.set_sharing_strategy),
    (numpy.geterr, lambda values: numpy.seterr(**values)),
    (numpy.geterrcall, numpy.seterrcall),
    (numpy.getbufsize, numpy.setbufsize),
    (numpy.get_printoptions, lambda values: numpy.set_printoptions(**values)),
    (
        lambda: dict(dict.items(sys.modules["matplotlib"].rcParams)),  # its own `items` would look for a backend
        lambda values: dict.update(sys.modules["matplotlib"].rcParams, values),
    ),
    (lambda: torch._C._get_default_device(), lambda before: torch._C._set_default_tensor_type(torch.FloatTensor)),
    (torch.get_default_dtype, torch.set_default_dtype),
    (_function_modes, _set_function_modes),
    (lambda: torch._C._len_torch_dispatch_stack(), _leave_dispatch_modes),
    (lambda: torch._C._get_torch_function_state(), lambda state: torch._C._set_torch_function_state(state)),
    (torch.is_inference_mode_enabled, _set_inference_mode),  # before the grad mode, which it changes
    (torch.is_grad_enabled, lambda on: torch._C._set_grad_enabled(on)),
    (lambda: torch._C._is_fwd_grad_enabled(), lambda on: torch._C._set_fwd_grad_enabled(on)),
    (lambda: forward_ad._current_level, lambda before: forward_ad.exit_dual_level()),
    (lambda: torch._C._is_multithreading_enabled(), lambda on: torch._C._set_multithreading_enabled(on)),
    (torch.get_num_threads, torch.set_num_threads),
    (
        lambda: (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()),
        lambda values: torch.use_deterministic_algorithms(values[0], warn_only=values[1]),
    ),
    (
        lambda: (torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()),
        lambda values: torch.set_anomaly_enabled(*values),
    ),
    (_autocast_depth, _leave_autocast),  # in it, casts are kept: also of weights that a step has changed since
    (torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled),
    *((partial(torch.is_autocast_enabled, on), partial(torch.set_autocast_enabled, on)) for on in ("cpu", "cuda")),
    *((partial(torch.get_autocast_dtype, on), partial(torch.set_autocast_dtype, on)) for on in ("cpu", "cuda")),
    *map(_of_torch, ("cudnn_benchmark", "cudnn_deterministic", "cudnn_enabled", "mkldnn_deterministic",
                     "mkldnn_enabled", "nnpack_enabled", "deterministic_fill_uninitialized_memory", "warnAlways")),
    *map(_of_attention, ("cudnn", "flash", "math", "mem_efficient")),
    # The old names of precisions before the new ones, of which each of them sets several.
    *map(_of_torch, ("float32_matmul_precision", "cublas_allow_tf32", "cudnn_allow_tf32")),
    _of_precision("generic", "all"),
    *itertools.starmap(_of_precision, itertools.product(("cuda", "mkldnn"), ("all", "matmul", "conv", "rnn"))),
)  # fmt: skip


def _warn_again() -> None:
    with warnings.catch_warnings():  # makes Python forget what it has warned of
        pass


def _drop_saved_tensor_hooks() -> None:
    while torch._C._autograd._top_saved_tensors_default_hooks(True):
        torch._C._autograd._pop_saved_tensors_default_hooks()


def _close_figures() -> None:
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def _forget_compiled() -> None:
    if dynamo := sys.modules.get("torch._dynamo"):
        dynamo.reset()


# What nothing tells, and so is done each time.
CALLS: tuple[Callable[[], object], ...] = (
    lambda: torch.set_flush_denormal(False),
    _drop_saved_tensor_hooks,
    _forget_compiled,
    _close_figures,
    _warn_again,
    threading.stack_size,  # called without a size it sets the default
    atexit._clear,  # they would keep what they are to be called with
)
