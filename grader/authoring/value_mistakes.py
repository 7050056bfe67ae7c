"""Wrong numbers, places and signs, as operators: each yields edits of one node of a source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.authoring.source import Edit, Source, called

_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.In: ("in", "not in"),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "//"), ast.Pow: ("**", "*"),
}  # fmt: skip


def wrong_index(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another element than the one that is meant: the first for the last, or a neighbour."""
    if isinstance(node, ast.Subscript) and (value := _whole_number(node.slice)) is not None:
        for other in {-1: (0, -2), 0: (-1, 1)}.get(value, (value - 1, value + 1)):
            yield source.replaced(node.slice, str(other))


def off_by_one(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A range, a slice or a count begins or ends one too early or too late."""
    ends: list[ast.expr | None] = []
    if isinstance(node, ast.Slice):
        ends = [node.lower, node.upper]
    elif called(node) in ("range", "linspace", "arange"):
        ends = node.args[:2]  # type: ignore[attr-defined]
    for end in ends:
        if end is None:
            continue
        if (value := _whole_number(end)) is not None:
            yield source.replaced(end, str(value + 1))
            if value != 0:
                yield source.replaced(end, str(value - 1))
        else:
            yield source.replaced(end, f"{source.operand(end)} + 1")
            yield source.replaced(end, f"{source.operand(end)} - 1")


def wrong_comparison(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`>` for `>=`, `!=` for `==`, `or` for `and`, and so on."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and (pair := _COMPARISONS.get(type(node.ops[0]))):
        yield from _between(source, node.left, node.comparators[0], *pair)
    elif isinstance(node, ast.BoolOp):
        pair = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield from _between(source, node.values[0], node.values[1], *pair)


def wrong_arithmetic(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Minus for plus, division for multiplication, and so on."""
    if isinstance(node, ast.BinOp) and (pair := _ARITHMETIC.get(type(node.op))):
        yield from _between(source, node.left, node.right, *pair)
    elif isinstance(node, ast.AugAssign) and (pair := _ARITHMETIC.get(type(node.op))):
        yield from _between(source, node.target, node.value, *pair)


def dropped_term(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Of a sum, a product, an `and` or an `or` a part is left out, as a skip connection or a factor of 100 is."""
    if isinstance(node, ast.BinOp):
        kept = [node.left] if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Pow) else []
        kept = [node.left, node.right] if isinstance(node.op, ast.Add | ast.Mult | ast.MatMult) else kept
        for part in kept:
            yield source.replaced(node, source.operand(part))
    elif isinstance(node, ast.BoolOp) and len(node.values) == 2:
        for part in node.values:
            yield source.replaced(node, source.operand(part))
    elif isinstance(node, ast.AugAssign):
        yield from _between(source, node.target, node.value, f"{_ARITHMETIC.get(type(node.op), ('?',))[0]}=", "=")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield source.replaced(node, source.operand(node.operand))


def fraction_for_percent(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A share is returned as a percentage."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Div):
        yield source.replaced(node.value, f"100 * {source.operand(node.value)}")


def flipped_flag(source: Source, node: ast.AST) -> Iterator[Edit]:
    """True for False, or False for True."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield source.replaced(node, str(not node.value))


def wrong_constant(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another number."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield source.replaced(node, str(node.value + 1))
        if node.value > 0:
            yield source.replaced(node, str(node.value - 1))
    elif isinstance(node, ast.Constant) and type(node.value) is float:
        yield source.replaced(node, repr(2 * node.value) if node.value else "0.5")
        if node.value:
            yield source.replaced(node, repr(node.value / 10))


def _whole_number(node: ast.AST) -> int | None:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
    return None


def _between(source: Source, left: ast.AST, right: ast.AST, old: str, new: str) -> Iterator[Edit]:
    """The operator between two operands, which may stand in parentheses."""
    gap = source.between(source.end(left), source.start(right))
    if (at := gap.find(old)) >= 0:
        start = source.end(left) + len(gap[:at].encode())
        yield Edit(start, start + len(old), new)
