"""Run by `test_between`: a process in which harmless code plays the student's, and `Between` follows it.

Argument: the folder of the room. Reads what to do from its input as JSON, and answers as JSON on its output.
"""

from __future__ import annotations

import asyncio  # noqa: F401  has a place of its own
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot
import torch
import torch._dynamo

from grader.worker.between import Between

# What student code and expressions find.
PREPARED = """
import asyncio, atexit, builtins, decimal, gc, importlib.util, io, json, locale, logging, multiprocessing, os, signal
import sys, tempfile, threading, time, tracemalloc, warnings
import matplotlib, matplotlib.pyplot as plt, numpy as np, torch
from torch.autograd import forward_ad
from torch.utils._python_dispatch import is_in_torch_dispatch_mode

weights = torch.ones(4, 4, requires_grad=True)
kept = []

def cast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return float((weights @ weights).sum())

def precisions():
    pairs = [(backend, operation) for backend in ("cuda", "mkldnn") for operation in ("all", "matmul", "conv", "rnn")]
    new = [torch._C._get_fp32_precision_getter(*pair) for pair in [("generic", "all"), *pairs]]
    old = torch.get_float32_matmul_precision(), torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    return new, old

def shown():
    seen, shows = [], warnings.showwarning
    warnings.showwarning = lambda *given: seen.append(given)
    warnings.warn("once for each place")
    warnings.showwarning = shows
    return len(seen)

def used():
    return int(open("/proc/self/statm").read().split()[1]) >> 12  # in 16 MiB

def umask():
    before = os.umask(0)
    os.umask(before)
    return before

def stack_size():
    before = threading.stack_size()
    threading.stack_size(before)
    return before

def hooks():
    modules = [sys.modules[name] for name in ("torch.nn.modules.module", "torch.optim.optimizer")]
    return {name: [*hooks] for module in modules for name, hooks in vars(module).items()
            if name.startswith("_global_") and name != "_global_is_full_backward_hook"}
"""


def main() -> None:
    """Do one task after the other, and tell what came of each."""
    tasks, root = json.load(sys.stdin), Path(sys.argv[1])
    answers = os.dup(1)
    os.dup2(2, 1)  # what student code prints
    os.chdir(root / "box")
    sys.path.append(str(root / "submission"))
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    gc.freeze()  # as the worker does: a collection then takes no time
    between = Between(root)
    between.restore()  # what had been registered to be called at exit is gone, so that rows start alike
    does: dict[str, Any] = {"row": _row, "nasty": _nasty, "case": _case, "folders": _folders}
    told = json.dumps([does[kind](between, given) for kind, given in tasks]).encode()
    while told:
        told = told[os.write(answers, told) :]
    os._exit(0)


PREPARED_NAMES: dict[str, Any] = {}
exec(PREPARED, PREPARED_NAMES)


def _row(between: Between, row: tuple[str, str]) -> tuple[str, str, str, str]:
    """The expression before, after the student's code, and after `restore`; and what that code raised."""
    code, expression = row
    before = _value(expression)
    raised = _run(code)
    changed = _value(expression)
    between.restore()
    return before, changed, _value(expression), raised


def _nasty(between: Between, code: str) -> str:
    """Whether `restore` returned."""
    end = os._exit
    if child := os.fork():
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return f"ended with {ended}" if ended else ""
    _run(code)
    try:
        between.restore()
    except:  # noqa: E722  there may be no name for it
        end(1)
    end(0)
    raise AssertionError


def _case(between: Between, code: str) -> Any:
    """What the case saw, or raised."""
    names: dict[str, Any] = {}
    seen = _run(code, names) or names.get("seen")
    names.clear()  # or what the case has made would not be collected
    between.restore()
    return seen


def _folders(between: Between, code: str) -> Any:
    """What the code raised, and what is left in the folders; as an ordinary user, who can be shut out of a folder."""
    reads, writes = os.pipe()
    if child := os.fork():
        os.waitpid(child, 0)
        return json.loads(os.read(reads, 1 << 16))
    if os.getuid() == 0:
        for folder in ("../box", "../tmp"):
            os.chown(folder, 65534, 65534)
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    raised = _run(code)
    between.restore()
    left = [path.name for folder in ("../box", "../tmp") for path in Path(folder).iterdir()]
    told = [raised, left, os.access("../box", os.W_OK)]
    os.write(writes, json.dumps(told).encode())
    os._exit(0)


def _value(expression: str, repr: Any = repr, eval: Any = eval, BaseException: Any = BaseException) -> str:
    try:
        return str(repr(eval(expression, PREPARED_NAMES)))
    except BaseException as error:
        return f"raised {type(error).__name__}"


def _run(code: str, names: dict[str, Any] | None = None) -> str:
    """What the code raised. Written without a name of Python's own: the code may have deleted them."""
    names = {} if names is None else names
    names.update({**PREPARED_NAMES, "__name__": "hw.student"})
    try:
        exec(code, names)
    except:  # noqa: E722
        return f"{sys.exc_info()[1]!r}"
    return ""


if __name__ == "__main__":
    main()
