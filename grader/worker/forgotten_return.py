"""Which function gave None where something was expected: the one without `return`, not the line that met the None."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from traceback import walk_tb
from types import CodeType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any

from torch import nn

ENDLESS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def silent_call(trace: TracebackType | None, folder: str) -> str:
    """A function from a file below `folder` that was called before the exception and never returns a value; else empty.

    The innermost frames are looked at first. Their names are looked up as they are now; nothing is called.
    """
    frames = list(walk_tb(trace))
    running = {frame.f_code for frame, _ in frames}
    for frame, line in reversed(frames):
        for call in _calls(frame.f_code, line):
            function = _function(_value(call.func, frame))
            code = function.__code__ if function else None
            if code and code not in running and code.co_filename.startswith(folder) and _is_silent(code):
                return code.co_qualname
    return ""


def _calls(code: CodeType, last: int) -> Iterator[ast.Call]:
    """The calls in a function's source up to a line of the file, in order."""
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    try:
        tree = ast.parse(textwrap.dedent("".join(inspect.getblock(lines))))
    except (SyntaxError, ValueError, IndexError):
        return
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    shift = code.co_firstlineno - 1
    yield from sorted((node for node in found if node.lineno + shift <= last), key=lambda node: node.lineno)


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What a name, or an attribute of one, stands for where that can be told without running anything; else None."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if not isinstance(node, ast.Attribute):
        return None
    owner = _value(node.value, frame)
    if isinstance(owner, nn.Module) and node.attr in owner._modules:
        return owner._modules[node.attr]
    found = inspect.getattr_static(owner, node.attr, None)
    return MethodType(found, owner) if isinstance(found, FunctionType) and owner is not None else found


def _function(value: Any) -> FunctionType | None:
    """The Python function that runs when the value is called."""
    if isinstance(value, nn.Module):
        value = inspect.getattr_static(type(value), "forward", None)
    value = value.__func__ if isinstance(value, MethodType) else value
    return value if isinstance(value, FunctionType) else None


def _is_silent(code: CodeType) -> bool:
    """Whether every way out of it gives None, as at the end of a function without `return`."""
    if code.co_flags & ENDLESS:
        return False
    before, given = None, set()
    for step in dis.get_instructions(code):
        if step.opname == "RETURN_CONST":  # Python 3.12 and 3.13
            given.add(step.argval)
        elif step.opname == "RETURN_VALUE":
            is_none = before is not None and before.opname == "LOAD_CONST" and before.argval is None
            given.add(None if is_none else before)
        before = step
    return given == {None}
