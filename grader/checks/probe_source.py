"""A file of checks as a room gets it, where student code can read all: without what judges, of hidden checks one.

Points, limits, hints and criteria stay outside: a criterion's threshold or distribution tells what to return without
doing the work.
"""

from __future__ import annotations

import ast
import builtins
import math
import symtable
import types
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from grader.core.digest import is_docstring

KEPT = ("cases", "data", None)  # of the decorator's arguments: what a probe is called with; None is `**settings`
BY_TEXT = {"globals", "locals", "vars", "eval", "exec"}  # reach names that stand nowhere
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FIXED = (
    int, float, complex, str, bytes, range, type, types.NoneType, types.FunctionType, types.BuiltinFunctionType,
    types.ModuleType, types.GenericAlias, types.UnionType,
)  # fmt: skip


def without_judges(tree: ast.Module) -> ast.Module:
    """`tree` with all that it defines, but without what its decorators say for the judge."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            for decorator in checks_of(node):
                decorator.keywords = [keyword for keyword in decorator.keywords if keyword.arg in KEPT]
    return tree


def one_probe(tree: ast.Module, name: str, *, fixed: Set[str] = frozenset(), cases: str = "") -> ast.Module:
    """`tree` with the probe `name` and, transitively, what it uses; `cases` is what its decorator says of them instead.

    What may change something in use stays, with what that uses; values of `fixed` names cannot be changed. Where it
    cannot be told what is in use, all stays.
    """
    without_judges(tree)
    tree.body = [node for node in tree.body if not is_docstring(node)]
    probes = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name and checks_of(node)]
    if len(probes) != 1:
        return tree
    (probe,) = probes
    probe.body = [node for node in probe.body if not is_docstring(node)] or [ast.copy_location(ast.Pass(), probe)]
    if cases:
        for keyword in (keyword for call in checks_of(probe) for keyword in call.keywords if keyword.arg == "cases"):
            keyword.value = _placed(ast.parse(cases, mode="eval").body, keyword.value)
    module = _Module([_Statement(node, *_names(node)) for node in tree.body], fixed)
    used = module.used(name)
    if used is not None:
        tree.body = [_import_of(each.node, used) for each in module.kept(used)]
    return tree


def fixed_names(values: Mapping[str, object]) -> frozenset[str]:
    """The names of values that stay what they are, whatever is done with them."""
    return frozenset(name for name, value in values.items() if _is_fixed(value))


def _is_fixed(value: object) -> bool:
    if type(value) is tuple:
        return all(map(_is_fixed, value))
    return isinstance(value, FIXED) or type(value).__module__ == "typing"


def is_literal(value: object) -> bool:
    """Whether its `repr` is Python for the same value again."""
    if type(value) is dict:
        return all(is_literal(part) for item in value.items() for part in item)
    if type(value) is list or type(value) is tuple:
        return all(map(is_literal, value))
    return type(value) in (str, bytes, int, bool, type(None)) or (type(value) is float and math.isfinite(value))


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement of a file, the file's names that it reads, functions in it included, and those that it binds."""

    node: ast.stmt
    reads: frozenset[str]
    binds: frozenset[str]

    @property
    def imports(self) -> bool:
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def imports_unnamed(self) -> bool:
        """As `from x import *` does; and what `__future__` has changes how all is compiled."""
        node = self.node
        return isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.names[0].name == "*")

    @property
    def only_defines(self) -> bool:
        """Whether all it does is to give names their values."""
        return self.imports or self.assigns or isinstance(self.node, DEFINITIONS)

    @property
    def assigns(self) -> bool:
        """Whether it is an assignment to names, and not to a part of something."""
        if not isinstance(self.node, ast.Assign | ast.AnnAssign):
            return False
        targets = self.node.targets if isinstance(self.node, ast.Assign) else [self.node.target]
        parts = (part for target in targets for part in ast.walk(target))
        return all(isinstance(part, ast.Name | ast.Tuple | ast.List | ast.Starred | ast.expr_context) for part in parts)


class _Module:
    """What depends on what in a file of checks."""

    def __init__(self, statements: Sequence[_Statement], fixed: Set[str]) -> None:
        self._statements = statements
        bound = Counter(name for each in statements for name in each.binds)
        once = {name for each in statements if each.only_defines for name in each.binds if bound[name] == 1}
        self._changing = bound.keys() - (fixed & once)
        self._acts_on = {each.node: self._defined_or_changed(each) for each in statements}
        self._always = {each.node for each in statements if self._acts_unseen(each)}

    def used(self, name: str) -> set[str] | None:
        """`name` and all that it depends on; None where this cannot be told."""
        used, before = {name}, set[str]()
        while used != before:
            before = set(used)
            used.update(*(each.reads for each in self.kept(used) if not each.imports))
        known = set(vars(builtins)).union(*(each.binds for each in self._statements))
        unknown = {name for name in used - known if not name.startswith("__")}
        if used & BY_TEXT or (unknown and not any(each.imports_unnamed for each in self._statements)):
            return None
        return used

    def kept(self, used: set[str]) -> list[_Statement]:
        """The statements that define or may change what is `used`, or of which this cannot be told."""
        return [each for each in self._statements if each.node in self._always or self._acts_on[each.node] & used]

    def _defined_or_changed(self, each: _Statement) -> set[str]:
        """What a statement is there to define or to change. To compute a value changes nothing."""
        if each.imports or each.assigns:
            return {*each.binds}
        if isinstance(each.node, DEFINITIONS):
            # What a decorator or a base class of the file's own does with it: enters it in a list, for example.
            return {*each.binds}.union(*(self._changed_by(_names(ast.Expr(node))[0]) for node in _called(each.node)))
        return self._changed_by(each.reads) | each.binds

    def _acts_unseen(self, each: _Statement) -> bool:
        """Whether it changes what has no name here, as `torch.set_num_threads(1)` does."""
        return each.imports_unnamed if each.only_defines else bool(_changed(each.node) - self._changing)

    def _changed_by(self, names: frozenset[str]) -> set[str]:
        """What may be changed by code that has these names: what they stand for, what that is made of, and so on."""
        reached, before = {*names}, set[str]()
        while reached != before:
            before = set(reached)
            reached.update(*(each.reads for each in self._statements if each.binds & reached))
        return reached & self._changing


def _called(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.expr]:
    """What is called when a function or class is defined, but `check`."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    checks = checks_of(node)
    return [each for each in node.decorator_list if each not in checks]


def _changed(statement: ast.stmt) -> set[str]:
    """The names of what it changes in place: assigns to a part of it, or calls a method for nothing but its effect.

    Empty for what has no name, as of a function that is called in this way.
    """
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            found.add(_owner(node))
        elif isinstance(node, ast.Expr) and not is_docstring(node):
            called = node.value.func if isinstance(node.value, ast.Call) else None
            found.add(_owner(called) if isinstance(called, ast.Attribute) else "")
    return found


def _owner(part: ast.expr) -> str:
    """Whose part it is: `a` of `a.b[c]` and `a.b().c`."""
    while isinstance(part, ast.Attribute | ast.Subscript | ast.Call):
        part = part.func if isinstance(part, ast.Call) else part.value
    return part.id if isinstance(part, ast.Name) else ""


def _names(node: ast.stmt) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the file that a statement reads, and those that it binds, by Python's own rules of scope."""
    table = symtable.symtable(ast.unparse(node), "", "exec")
    binds = {each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()}
    reads = {each.get_name() for each in table.get_symbols() if each.is_referenced()}
    inner = [*table.get_children()]
    for scope in inner:
        inner += scope.get_children()
        reads |= {each.get_name() for each in scope.get_symbols() if each.is_global()}
    return frozenset(reads), frozenset(binds)


def checks_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.Call]:
    """Its decorators that are called `check` or `grader.check`."""
    calls = [each for each in function.decorator_list if isinstance(each, ast.Call)]
    return [each for each in calls if "check" in (getattr(each.func, "id", ""), getattr(each.func, "attr", ""))]


def _import_of(node: ast.stmt, used: set[str]) -> ast.stmt:
    """An import of what is used only; anything else as it is."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        wanted = [each for each in node.names if (each.asname or each.name.partition(".")[0]) in used]
        node.names = wanted or node.names
    return node


def _placed(made: ast.expr, at: ast.expr) -> ast.expr:
    for node in ast.walk(made):
        ast.copy_location(node, at)
    return made
