"""Why a probe returned nothing, explained to the student. Runs in the child, beside the student's code.

Nothing here decides about points: a fault never earns any, and the grader accepts no outcome that would.
"""

from __future__ import annotations

import bdb
import difflib
import errno
import linecache
import os
import re
import socket
import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path, PurePosixPath
from traceback import walk_tb
from types import FrameType, ModuleType, TracebackType
from typing import Any

import torch
from torch import nn

from grader.core import extras
from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.core.wire import NotSendable, fault_as_list
from grader.worker.forgotten_return import silent_call
from grader.worker.recognisers import FORGOTTEN, Cause, cause, syntax_advice
from grader.worker.student_lines import Frames, place_of, student_frames, text_of, trace_of, where
from grader.worker.student_notebook import MissingName
from grader.worker.student_package import AUTHORS, ImportFailed, KnownBroken, MissingFile, StudentPackage

TEXT_CAP = 500
GPU_MEMORY = r"CUDA out of memory|CUDA error: out of memory|(CUBLAS|CUDNN)_STATUS_ALLOC_FAILED"
KEEP_LESS = "Look for a tensor that is far too large, or for losses that are kept without `.item()`."
WRITE_IT = "Write what belongs there, then run the checks again."
GIB = 1 << 30
NO_NETWORK = {errno.EAFNOSUPPORT, errno.ENETUNREACH, socket.EAI_AGAIN, socket.EAI_NONAME}


def of_import(package: StudentPackage, module: str) -> list[Any] | None:
    """Import one module: None where that works, else the fault as a frame can carry it within a value."""
    try:
        package._module(module)
    except BaseException as error:
        return fault_as_list(explain(error, package._submission, package._wanted))
    return None


def explain(
    error: BaseException,
    submission: Path,
    wanted: Collection[str] = (),
    *,
    why_lost: Callable[[str], Fault | None] = lambda name: None,
) -> Fault:
    """The fault that an exception stands for.

    Files under `submission` are the student's; `wanted` are the paths there of those that the assignment asks for.
    `why_lost` tells why a name has no value, where an earlier fault is the cause of that.
    """
    if isinstance(error, KnownBroken):
        return error.fault
    if isinstance(error, MissingFile):
        files = ", ".join(error.files)
        return Fault(Outcome.MISSING, f"there is no {error.path}", f"Submitted: {files}." if files else "")
    if isinstance(error, MissingName):
        hint = f"Is it called {' or '.join(error.near)}?" if error.near else "Define it in a cell of its own."
        return Fault(Outcome.MISSING, f"no cell of the notebook defines `{error.name}`", hint)
    if isinstance(error, NotSendable):
        is_placeholder = error.outcome is Outcome.NOT_ATTEMPTED
        return Fault(error.outcome, str(error), WRITE_IT if is_placeholder else "Look at what your function returns.")
    if isinstance(error, ImportFailed):
        cause = error.__cause__ or error
        fault = _explain_raised(cause, submission, wanted)
        message = f"{error.path} could not be imported: {fault.message}"
        return replace(fault, message=message, place=fault.place or error.path)
    name = str(error.name) if isinstance(error, NameError) and not isinstance(error, UnboundLocalError) else ""
    if name and (first := why_lost(name)):
        at = where(student_frames(error.__traceback__, submission), submission)
        return replace(first, message=f"`{name}` is not defined{at}: {first.message}")
    return _explain_raised(error, submission, wanted)


def _explain_raised(error: BaseException, submission: Path, wanted: Collection[str]) -> Fault:
    frames = student_frames(error.__traceback__, submission)
    fault = _described(error, frames, submission, wanted)
    if fault.outcome in (Outcome.RUNTIME_ERROR, Outcome.MEMORY_LIMIT):
        trace = trace_of(error, frames, submission)
        fault = replace(fault, trace=trace, cause=f"{type(error).__name__} {trace[-1].place}" if trace else "")
    if not frames or isinstance(error, SystemExit | SyntaxError):
        return fault
    file, line = place_of(frames, submission)
    return replace(fault, place=f"{file}:{line}" if file.suffix == ".py" else "")


def _described(error: BaseException, frames: Frames, submission: Path, wanted: Collection[str]) -> Fault:
    at = where(frames, submission)
    text = _text(error, submission)
    if isinstance(error, SystemExit):
        message = f"your code ended Python (exit status {text or 0}) before returning a result"
        return Fault(Outcome.RUNTIME_ERROR, message, "Remove the call to `exit`.")
    if _is_gpu_memory(error, text):
        asked = re.search(r"[Tt]ried to allocate (\d{1,20}(?:\.\d{1,3})? (?:bytes|[KMGT]iB))", text)
        message = f"out of GPU memory{at}" + (f": your code asked for {asked[1]} more" if asked else "")
        return Fault(Outcome.MEMORY_LIMIT, message, KEEP_LESS)
    if _is_memory(error, text):
        message = f"out of memory{at}" + (f": {_asked_for(text)}" if text else "")
        return Fault(Outcome.MEMORY_LIMIT, message, "Look for a tensor that is far too large.")
    if frames and (stand_in := _stand_in(error, text, submission)):
        message = f"{type(error).__name__} in {stand_in}, which is the course's and is called{at}: {text}"
        advice = _cause(error, text, submission).next_step or "Compare your call with what the handout says."
        return Fault(
            Outcome.RUNTIME_ERROR, message, f"{advice} If your call is as the handout says, tell the course staff."
        )
    if frames and _says_not_written(error, text, frames):
        name, (file, line) = frames[-1][0].f_code.co_qualname, place_of(frames, submission)
        message = f"`{name}` is not written yet in {file}:{line}"
        return Fault(Outcome.NOT_ATTEMPTED, message, "Write it, then run the checks again.")
    if "ellipsis" in text:  # Python's word for `...` in a TypeError or AttributeError
        message = f"a placeholder `...` is still in your code{at}"
        return Fault(Outcome.NOT_ATTEMPTED, message, WRITE_IT)
    if isinstance(error, bdb.BdbQuit):
        return Fault(
            Outcome.RUNTIME_ERROR, f"a call to `breakpoint()` is still there{at}", "Remove it before you submit."
        )
    if isinstance(error, SyntaxError):
        place = f"{Path(error.filename).name}:{error.lineno}" if error.filename else ""  # null bytes have none
        message = f"{place}: " if place else ""
        message += f"{type(error).__name__}: {error.msg}"
        first = linecache.getline(error.filename, 1) if error.filename else ""
        next_step = syntax_advice(first, str(error.text), str(error.msg))
        return Fault(Outcome.RUNTIME_ERROR, message, next_step, place if ".py:" in place else "")
    if isinstance(error, ModuleNotFoundError) and type(error.name) is str and _is_name(error.name):
        if frames and "google.colab" in text_of(frames):
            next_step = "Remove the line and what uses it: this is graded outside of Colab."
            return Fault(Outcome.RUNTIME_ERROR, f"`google.colab` is imported{at}, and only Colab has it", next_step)
        return _absent(error.name, at, submission, wanted)
    if isinstance(error, FileNotFoundError) and (lacks := _forgotten(error, submission, wanted)):
        return Fault(Outcome.MISSING, f"{lacks} is read{at}, but it is missing", f"Submit {lacks} too.")
    if not frames:
        return _explain_unusable(error, text, submission)
    if isinstance(error, OSError) and (error.errno in NO_NETWORK or "urlopen error" in text):
        message = f"{type(error).__name__}{at}: {text}"
        return Fault(Outcome.RUNTIME_ERROR, message, "There is no network here: work with the files that are provided.")
    found = _cause(error, text, submission)
    layer = _layer(error.__traceback__)
    if isinstance(error, AssertionError):
        text = text or text_of(frames)
    said = "".join(f": {each}" for each in (layer, text) if each)
    remark = f" ({found.remark})" if found.remark else ""
    return Fault(Outcome.RUNTIME_ERROR, f"{type(error).__name__}{at}{said}{remark}", found.next_step)


def _cause(error: BaseException, text: str, submission: Path) -> Cause:
    """What the exception comes from, as far as that is known."""
    found = cause(type(error).__name__, text)
    if not found or found.next_step is not FORGOTTEN:
        return found or Cause("")
    name = silent_call(error.__traceback__, f"{submission}{os.sep}")
    return Cause("Write `return` in front of what it has computed.", f"`{name}` returns nothing") if name else found


def _layer(trace: TracebackType | None) -> str:
    """The layer of torch's in which the exception was raised: its message may not name it."""
    name = ""
    while trace:
        module = trace.tb_frame.f_locals.get("self")
        if isinstance(module, nn.Module):
            name = type(module).__name__ if type(module).__module__.startswith("torch.nn.") else ""
        trace = trace.tb_next
    return name


def _forgotten(error: FileNotFoundError, submission: Path, wanted: Collection[str]) -> str | None:
    """The file that was not found, where it is one that the assignment asks for."""
    name = PurePosixPath(str(error.filename)).name
    absent = (each for each in wanted if not (submission / each).exists())
    return next((each for each in absent if PurePosixPath(each).name == name), None)


def _is_name(module: str) -> bool:
    return all(part.isidentifier() for part in module.split("."))


def _absent(module: str, where: str, submission: Path, wanted: Collection[str]) -> Fault:
    """No module of that name was found: one to submit, one that lies elsewhere, one of a package, or one to install."""
    place = module.replace(".", "/")
    path = f"{place}.py"
    likely = (each for each in wanted if path in (each, PurePosixPath(each).name) or each.startswith(f"{place}/"))
    asked = next(likely, None)
    if asked and not (submission / asked).is_file():
        return Fault(Outcome.MISSING, f"`{module}` is imported{where}, but there is no {asked}", f"Submit {asked} too.")
    top = module.partition(".")[0]
    if (submission / top).is_dir() or (submission / f"{top}.py").is_file():
        message = f"`{module}` is imported{where}, but there is no {path}"
        return Fault(Outcome.RUNTIME_ERROR, message, f"Submit {path} too, or correct the name.")
    if elsewhere := sorted(submission.rglob(path)):
        found = elsewhere[0].relative_to(submission)
        message = f"`{module}` is imported{where}, but it lies in {found.as_posix()}"
        next_step = f"Import `{'.'.join(found.with_suffix('').parts)}`, or `.{module}` from a file beside it."
        if where.startswith(f" in {found.parent.as_posix()}/"):
            next_step = f"It lies beside this file, so its name needs a dot: `from .{module} import ...`."
        return Fault(Outcome.RUNTIME_ERROR, message, next_step)
    message = f"`{module}` is imported{where} but is neither installed here nor submitted"
    next_step = "Import only what the course allows, and submit your own helper modules."
    if module in extras.EXTRA_OF:
        next_step = f"If the course allows it: {extras.remedy(module)}"
    return Fault(Outcome.RUNTIME_ERROR, message, next_step, missing_module=module)


def _explain_unusable(error: BaseException, text: str, submission: Path) -> Fault:
    """The probe itself raised: a name is absent, or what the student's code returned is of no use."""
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        names = [name for name in vars(error.obj) if not name.startswith("_")]
        near = difflib.get_close_matches(error.name or "", names, 3, 0.5)
        end = "/__init__.py" if hasattr(error.obj, "__path__") else ".py"
        file = (error.obj.__name__ or "").replace(".", "/") + end
        hint = f"Is it called {' or '.join(near)}?" if near else ""
        return Fault(Outcome.MISSING, f"`{error.name}` is missing in {file}", hint)
    found = _cause(error, text, submission)
    remark = f" ({found.remark})" if found.remark else ""
    message = f"the check could not use what your code returned{remark}: {type(error).__name__}: {text}"
    return Fault(Outcome.RUNTIME_ERROR, message, found.next_step)


def _stand_in(error: BaseException, text: str, submission: Path) -> str:
    """The function of the checks in which a student's call has ended, or which does not take it; empty without one."""
    mine = student_frames(error.__traceback__, submission)
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    checks = [frame for frame in frames if _is_of_checks(frame)]
    students = [frame for frame, _ in mine]
    frame, line = [each for each in walk_tb(error.__traceback__) if each[0] in checks or each[0] in students][-1]
    if _is_of_checks(frame):
        return f"`{frame.f_code.co_name}` of {Path(frame.f_code.co_filename).name}:{line}"
    refused = re.match(r"(\w+)(?:\.\w+|\.<locals>)*\(\) (?:got|takes|missing)\b", text)
    name = refused[1] if refused and isinstance(error, TypeError) else ""
    if name and any(name in each.f_globals for each in checks) and name not in mine[-1][0].f_globals:
        return f"`{text.partition('(')[0].rpartition('.')[2]}`"
    return ""


def _is_of_checks(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") in AUTHORS


def _says_not_written(error: BaseException, text: str, frames: Frames) -> bool:
    """Whether a stub has raised it: NotImplementedError, or NotImplemented, which is not an exception."""
    if isinstance(error, NotImplementedError):
        return _innermost_is_students(error, frames)
    frame, line = frames[-1]
    source = linecache.getline(frame.f_code.co_filename, line)
    return "must derive from BaseException" in text and re.match(r"\s*raise\s+NotImplemented\b", source) is not None


def _innermost_is_students(error: BaseException, frames: Frames) -> bool:
    """torch raises NotImplementedError too; only one raised by the student's own line says "not attempted"."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame is frames[-1][0]


def _is_memory(error: BaseException, text: str) -> bool:
    return isinstance(error, MemoryError) or "can't allocate memory" in text


def _is_gpu_memory(error: BaseException, text: str) -> bool:
    """torch's own error, or CUDA's where a library of it asked. What they say of other processes is not passed on."""
    by_a_library = isinstance(error, RuntimeError) and bool(re.search(GPU_MEMORY, text))
    return isinstance(error, torch.OutOfMemoryError) or by_a_library


def _asked_for(text: str) -> str:
    """torch's own message, or only what matters in it: how much was asked for."""
    found = re.search(r"tried to allocate (\d{1,20}) bytes", text)
    return f"your code asked for {int(found[1]) / GIB:.1f} GiB at once" if found else text


def _text(error: BaseException, submission: Path) -> str:
    """What the exception says, bounded; its `__str__` may be the student's and do anything."""
    try:
        text = str(error)
    except BaseException:
        return "(its message could not be shown)"
    first = text.strip().replace(sys.executable, "python") if type(text) is str else ""
    if isinstance(error, ImportError):
        first = first.replace(f"({submission}{os.sep}", "(")
        first = re.sub(r" \(/[^()]*\)", "", first)  # where a module of others lies on this machine
    return first if len(first) <= TEXT_CAP else first[:TEXT_CAP] + "..."
