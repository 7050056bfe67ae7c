"""Why a probe returned nothing, explained to the student. Runs in the child, beside the student's code.

Nothing here decides about points: a fault never earns any, and the grader accepts no outcome that would.
"""

from __future__ import annotations

import bdb
import difflib
import errno
import os
import re
import socket
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import FrameType, ModuleType, TracebackType

from grader.core import extras
from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.core.wire import NotSendable, fault_as_list
from grader.worker.student_notebook import MissingName
from grader.worker.student_package import ImportFailed, KnownBroken, MissingFile, StudentPackage

TEXT_CAP = 500
GIB = 1 << 30
NO_NETWORK = {errno.EAFNOSUPPORT, errno.ENETUNREACH, socket.EAI_AGAIN, socket.EAI_NONAME}


def of_import(package: StudentPackage, module: str) -> list[str] | None:
    """Import one module: None where that works, else the fault as a frame can carry it within a value."""
    try:
        package.module(module)
    except BaseException as error:
        return fault_as_list(explain(error, package._folder.parent))
    return None


def explain(error: BaseException, submission: Path) -> Fault:
    """The fault that an exception stands for; files under `submission` are the student's."""
    if isinstance(error, KnownBroken):
        return error.fault
    if isinstance(error, MissingFile):
        files = ", ".join(error.files)
        return Fault(Outcome.MISSING, f"there is no {error.module}", f"Submitted: {files}." if files else "")
    if isinstance(error, MissingName):
        hint = f"Is it called {' or '.join(error.near)}?" if error.near else "Define it in a cell of its own."
        return Fault(Outcome.MISSING, f"no cell of the notebook defines `{error.name}`", hint)
    if isinstance(error, NotSendable):
        return Fault(error.outcome, str(error), "Look at what your function returns.")
    if isinstance(error, ImportFailed):
        cause = error.__cause__ or error
        fault = _explain_raised(cause, _student_frames(cause.__traceback__, submission), submission)
        path = error.module.replace(".", "/") + ".py"
        return replace(fault, message=f"{path} could not be imported: {fault.message}", place=fault.place or path)
    return _explain_raised(error, _student_frames(error.__traceback__, submission), submission)


def _explain_raised(error: BaseException, frames: list[tuple[FrameType, int]], submission: Path) -> Fault:
    fault = _described(error, frames, submission)
    if not frames or isinstance(error, SystemExit | SyntaxError):
        return fault
    file, line = _place(frames, submission)
    return replace(fault, place=f"{file}:{line}" if file.suffix == ".py" else "")


def _described(error: BaseException, frames: list[tuple[FrameType, int]], submission: Path) -> Fault:
    where = _where(frames, submission)
    text = _text(error)
    if isinstance(error, SystemExit):
        message = f"your code ended Python (exit status {text or 0}) before returning a result"
        return Fault(Outcome.RUNTIME_ERROR, message, "Remove the call to `exit`.")
    if _is_memory(error, text):
        message = f"out of memory{where}" + (f": {_asked_for(text)}" if text else "")
        return Fault(Outcome.MEMORY_LIMIT, message, "Look for a tensor that is far too large.")
    if isinstance(error, NotImplementedError) and frames and _innermost_is_students(error, frames):
        name, (file, line) = frames[-1][0].f_code.co_qualname, _place(frames, submission)
        message = f"`{name}` is not written yet in {file}:{line}"
        return Fault(Outcome.NOT_ATTEMPTED, message, "Write it, then run the checks again.")
    if _raises_not_implemented(error, frames):
        name, (file, line) = frames[-1][0].f_code.co_qualname, _place(frames, submission)
        message = f"`{name}` still has `raise NotImplemented` in {file}:{line}"
        return Fault(Outcome.NOT_ATTEMPTED, message, "Write it, then run the checks again.")
    if "ellipsis" in text:  # Python's word for `...` in a TypeError or AttributeError
        message = f"a placeholder `...` is still in your code{where}"
        return Fault(Outcome.NOT_ATTEMPTED, message, "Write what belongs there, then run the checks again.")
    if isinstance(error, bdb.BdbQuit):
        return Fault(
            Outcome.RUNTIME_ERROR, f"a call to `breakpoint()` is still there{where}", "Remove it before you submit."
        )
    if isinstance(error, SyntaxError):
        place = f"{Path(error.filename).name}:{error.lineno}" if error.filename else ""  # null bytes have none
        message = f"{place}: " if place else ""
        message += f"{type(error).__name__}: {error.msg}"
        return Fault(Outcome.RUNTIME_ERROR, message, _syntax_advice(str(error.text)), place if ".py:" in place else "")
    if isinstance(error, ModuleNotFoundError) and error.name:
        message = f"`{error.name}` is imported{where} but is neither installed here nor submitted"
        next_step = "Import only what the course allows, and submit your own helper modules."
        if error.name in extras.EXTRA_OF:
            next_step = f"If the course allows it: {extras.remedy(error.name)}"
        missing = error.name if type(error.name) is str else ""
        return Fault(Outcome.RUNTIME_ERROR, message, next_step, missing_module=missing)
    if not frames:
        return _explain_unusable(error, text)
    if isinstance(error, OSError) and (error.errno in NO_NETWORK or "urlopen error" in text):
        message = f"{type(error).__name__}{where}: {text}"
        return Fault(Outcome.RUNTIME_ERROR, message, "There is no network here: work with the files that are provided.")
    return Fault(Outcome.RUNTIME_ERROR, f"{type(error).__name__}{where}" + (f": {text}" if text else ""))


def _explain_unusable(error: BaseException, text: str) -> Fault:
    """The probe itself raised: a name is absent, or what the student's code returned is of no use."""
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        names = [name for name in vars(error.obj) if not name.startswith("_")]
        near = difflib.get_close_matches(error.name or "", names, 3, 0.5)
        file = (error.obj.__name__ or "").replace(".", "/") + ".py"
        hint = f"Is it called {' or '.join(near)}?" if near else ""
        return Fault(Outcome.MISSING, f"`{error.name}` is missing in {file}", hint)
    forgotten = " (a forgotten `return`?)" if "NoneType" in text else ""
    message = f"the check could not use what your code returned{forgotten}: {type(error).__name__}: {text}"
    return Fault(Outcome.RUNTIME_ERROR, message)


def _student_frames(trace: TracebackType | None, submission: Path) -> list[tuple[FrameType, int]]:
    frames = []
    while trace:
        if trace.tb_frame.f_code.co_filename.startswith(f"{submission}{os.sep}"):
            frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def _innermost_is_students(error: BaseException, frames: list[tuple[FrameType, int]]) -> bool:
    """torch raises NotImplementedError too; only one raised by the student's own line says "not attempted"."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame is frames[-1][0]


def _raises_not_implemented(error: BaseException, frames: list[tuple[FrameType, int]]) -> bool:
    """Whether it is the TypeError of `raise NotImplemented`, as some courses mark what is to be written."""
    raised = isinstance(error, TypeError) and "must derive from BaseException" in _text(error)
    return raised and bool(frames) and "NotImplemented" in frames[-1][0].f_code.co_names


def _where(frames: list[tuple[FrameType, int]], submission: Path) -> str:
    if not frames:
        return ""
    file, line = _place(frames, submission)
    name = frames[-1][0].f_code.co_name
    return f" in {file}:{line}" + ("" if name == "<module>" else f" ({name})")


def _place(frames: list[tuple[FrameType, int]], submission: Path) -> tuple[PurePosixPath, int]:
    frame, line = frames[-1]
    return PurePosixPath(Path(frame.f_code.co_filename).relative_to(submission).as_posix()), line


def _is_memory(error: BaseException, text: str) -> bool:
    return isinstance(error, MemoryError) or "can't allocate memory" in text or "CUDA out of memory" in text


def _syntax_advice(line: str) -> str:
    """What to do about a line that Python cannot read."""
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "These are leftovers of a merge: keep one of the two versions and delete the markers."
    return "Python cannot read the file; fix that line."


def _asked_for(text: str) -> str:
    """torch's own message, or only what matters in it: how much was asked for."""
    found = re.search(r"tried to allocate (\d{1,20}) bytes", text)
    return f"your code asked for {int(found[1]) / GIB:.1f} GiB at once" if found else text


def _text(error: BaseException) -> str:
    """What the exception says, bounded; its `__str__` may be the student's and do anything."""
    try:
        text = str(error)
    except BaseException:
        return "(its message could not be shown)"
    first = text.strip() if type(text) is str else ""
    return first if len(first) <= TEXT_CAP else first[:TEXT_CAP] + "..."
