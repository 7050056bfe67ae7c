"""Which function gave None where something was expected: the one without `return`, not the line that met the None."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from math import inf
from traceback import walk_tb
from types import CodeType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any

from torch import nn

ENDLESS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def silent_call(trace: TracebackType | None, folder: str) -> str:
    """A function from a file below `folder` that was called before the exception and never returns a value; else empty.

    The innermost frames are looked at first: the functions that they have called, and those that have made what they
    find in an attribute. Names are looked up as they are now; nothing is called.
    """
    frames = list(walk_tb(trace))
    running = {frame.f_code for frame, _ in frames}
    for frame, line in reversed(frames):
        nodes = _nodes(frame.f_code, line)
        called = (_function(_value(node.func, frame)) for node in nodes if isinstance(node, ast.Call))
        made = (each for node in nodes if isinstance(node, ast.Attribute) for each in _makers(node, frame, folder))
        for function in (*called, *made):
            code = function.__code__ if function else None
            if code and code not in running and code.co_filename.startswith(folder) and _is_silent(code):
                return code.co_qualname
    return ""


def _nodes(code: CodeType, last: float = inf) -> list[ast.expr | ast.stmt]:
    """What stands in a function's source, up to a line of the file, in order."""
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    try:
        tree = ast.parse(textwrap.dedent("".join(inspect.getblock(lines))))
    except (SyntaxError, ValueError, IndexError):
        return []
    shift = code.co_firstlineno - 1
    found = (node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt) and node.lineno + shift <= last)
    return sorted(found, key=lambda node: node.lineno)


def _makers(node: ast.Attribute, frame: FrameType, folder: str) -> Iterator[FunctionType | None]:
    """Of an attribute that is None, the functions whose result the methods of its object give to it."""
    owner = _value(node.value, frame)
    if not isinstance(owner, nn.Module) or vars(owner).get(node.attr, owner) is not None:
        return
    for method in (each for kind in type(owner).__mro__ for each in vars(kind).values()):
        if not isinstance(method, FunctionType) or not method.__code__.co_filename.startswith(folder):
            continue
        for each in _nodes(method.__code__):
            match each:
                case ast.Assign(targets=[ast.Attribute(attr=node.attr)], value=ast.Call(func=ast.Attribute(attr=name))):
                    yield _function(inspect.getattr_static(owner, name, None))
                case ast.Assign(targets=[ast.Attribute(attr=node.attr)], value=ast.Call(func=ast.Name(id=name))):
                    yield _function(method.__globals__.get(name))


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
