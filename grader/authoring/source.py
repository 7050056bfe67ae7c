"""Python source as text and as a tree, and edits of one place of it: comments and layout stay."""

from __future__ import annotations

import ast
import bisect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
# What binds less tightly than a call or an attribute, so that it needs parentheses as a part of something else.
_LOOSE = (
    ast.BinOp, ast.BoolOp, ast.Compare, ast.UnaryOp, ast.IfExp, ast.Lambda, ast.Await, ast.NamedExpr, ast.Starred,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """The bytes from `start` to `end` of a source become `new`."""

    start: int
    end: int
    new: str


class Source:
    """A text with its syntax tree. Positions are in bytes, as in the tree. Raises `SyntaxError`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._bytes = text.encode()
        lengths = [len(line) for line in self._bytes.splitlines(keepends=True)]
        self._lines = [0, *itertools.accumulate(lengths)]  # where each begins
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def nodes(self) -> Iterator[ast.AST]:
        """All that has an effect which a check could see: no annotation, no printing, no text of an error."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            if hasattr(node, "lineno"):
                yield node
            waiting += [child for child in ast.iter_child_nodes(node) if not _is_aside(child, node)]

    def start(self, node: ast.AST) -> int:
        """Where a node begins."""
        return self._lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined, no-any-return]

    def end(self, node: ast.AST) -> int:
        """Where a node ends."""
        return self._lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined, no-any-return]

    def of(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.between(self.start(node), self.end(node))

    def operand(self, node: ast.AST) -> str:
        """The text of a node, fit to be a part of any expression."""
        return f"({self.of(node)})" if isinstance(node, _LOOSE) else self.of(node)

    def between(self, start: int, end: int) -> str:
        """The text between two positions."""
        return self._bytes[start:end].decode()

    def line(self, position: int) -> int:
        """The line of a position, from 1."""
        return bisect.bisect_right(self._lines, position, hi=len(self._lines) - 1)

    def whole_lines(self, start: int, end: int) -> tuple[int, int]:
        """From the beginning of the line of `start` to the end of the line of `end`, without what breaks the line."""
        last = self._bytes[self._lines[self.line(end) - 1] :].splitlines()
        return self._lines[self.line(start) - 1], self._lines[self.line(end) - 1] + len(last[0] if last else b"")

    def edited(self, edit: Edit) -> str:
        """The text with an edit made."""
        return (self._bytes[: edit.start] + edit.new.encode() + self._bytes[edit.end :]).decode()

    def replaced(self, node: ast.AST, new: str) -> Edit:
        """The edit that puts another text in the place of a node."""
        return Edit(self.start(node), self.end(node), new)

    def enclosing(self, node: ast.AST) -> Function | None:
        """The innermost function around a node."""
        while node := self.parents.get(node):  # type: ignore[assignment]
            if isinstance(node, Function):
                return node
        return None

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """The innermost class around a node."""
        while node := self.parents.get(node):  # type: ignore[assignment]
            if isinstance(node, ast.ClassDef):
                return node
        return None

    def qualified_name(self, node: ast.AST) -> str:
        """The function or class around a node, or that it is, such as `Block.forward`; empty at the top."""
        names = []
        while node:
            if isinstance(node, Function | ast.ClassDef):
                names.append(node.name)
            node = self.parents.get(node)  # type: ignore[assignment]
        return ".".join(reversed(names))

    def body_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which one stands."""
        blocks = (getattr(self.parents[statement], name, []) for name in ("body", "orelse", "finalbody"))
        return next(block for block in blocks if isinstance(block, list) and statement in block)


def parameters(function: Function) -> dict[str, ast.arg]:
    """The parameters by name, without the one for the object or the class itself."""
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return {each.arg: each for each in every if each.arg not in ("self", "cls")}


def defaults(function: Function) -> dict[str, ast.expr]:
    """The defaults of parameters that have one, by name."""
    positional = [*function.args.posonlyargs, *function.args.args]
    found = {each.arg: default for each, default in zip(positional[::-1], function.args.defaults[::-1], strict=False)}
    named = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return found | {each.arg: default for each, default in named if default is not None}


def called(node: ast.AST) -> str:
    """The name of what a call calls, without what stands before the last dot; empty for what is not a call."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
    return ""


def _is_aside(child: ast.AST, parent: ast.AST) -> bool:
    """Whether no check could see a change of it; positions within a text with `{}` are wrong in Python 3.11."""
    match parent:
        case ast.arg() | ast.JoinedStr() | ast.Raise() | ast.Assert() | ast.Global() | ast.Import() | ast.ImportFrom():
            return True
        case ast.FunctionDef(returns=said) | ast.AsyncFunctionDef(returns=said) | ast.AnnAssign(annotation=said):
            return child is said
        case ast.Call() if isinstance(child, ast.keyword) and child.arg == "strict":  # of `zip`
            return True
    return called(child) == "print" or (isinstance(child, ast.Expr) and called(child.value) == "print")
