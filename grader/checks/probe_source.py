"""A file of checks without what judges: what a room gets, where student code can read all of it.

Points, limits, hints and criteria stay outside: a criterion's threshold or distribution tells what to return without
doing the work.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

KEPT = ("cases", "data", None)  # of the decorator's arguments: what a probe is called with; None is `**settings`


def probes_alone(tree: ast.Module, *, imported: bool) -> ast.Module:
    """`tree` with its probes, their cases and what they work with.

    Functions and constants that only criteria use are left out too, unless the file may be `imported` for them.
    """
    probes = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and _decorators(node)}
    judging = set().union(*map(_strip, probes.values()))
    if imported:
        return tree
    names = {node: _names([node]) for node in tree.body}
    while gone := [node for node in names if _defines(node) in judging - probes.keys() - _used(names, but=node)]:
        judging |= set().union(*map(names.pop, gone))  # what the criteria themselves are made of
    tree.body = list(names)
    return tree


def _decorators(function: ast.FunctionDef) -> list[ast.Call]:
    """Those called `check` or `grader.check`."""
    calls = [each for each in function.decorator_list if isinstance(each, ast.Call)]
    return [each for each in calls if "check" in (getattr(each.func, "id", ""), getattr(each.func, "attr", ""))]


def _strip(probe: ast.FunctionDef) -> set[str]:
    """Take what judges out of the decorator of `probe`; the names that stood there."""
    taken: list[ast.AST] = []
    for call in _decorators(probe):
        taken += [keyword for keyword in call.keywords if keyword.arg not in KEPT]
        call.keywords = [keyword for keyword in call.keywords if keyword.arg in KEPT]
    return _names(taken)


def _defines(node: ast.stmt) -> str:
    """The one name that a statement is there to define, if it is such a one."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    target = node.target if isinstance(node, ast.AnnAssign) else target
    return target.id if isinstance(target, ast.Name) else ""


def _used(names: dict[ast.stmt, set[str]], *, but: ast.stmt) -> set[str]:
    return set().union(*(used for node, used in names.items() if node is not but))


def _names(nodes: Sequence[ast.AST]) -> set[str]:
    walked = (each for node in nodes for each in ast.walk(node))
    return {each.id for each in walked if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
