"""Steps in another order, left out, or with the wrong things, as operators: each yields edits of one node."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator

from grader.authoring.source import Edit, Function, Source, called, defaults, parameters

# What a parameter without a default is taken for by somebody who does not read it.
_FIXED = {"int": "3", "float": "0.5", "bool": "True"}
# What done twice is done once.
_ONCE_IS_ENOUGH = frozenset({"eval", "train", "zero_grad", "to", "manual_seed", "requires_grad_"})
_MODULES = frozenset({"torch", "nn", "F", "np", "math", "optim", "random"})
# What is not the same thing with less done to it: leaving out the call would only raise.
_NOT_LEFT_OUT = frozenset(
    {"range", "len", "super", "isinstance", "enumerate", "zip", "sum", "max", "min", "any", "all", "type", "getattr"}
)


def swapped_arguments(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Two neighbours among arguments or elements have changed places: layers, sizes, what is subtracted from what."""
    items: list[ast.expr] = []
    if isinstance(node, ast.Call):
        items = node.args
    elif isinstance(node, ast.List | ast.Tuple) and isinstance(node.ctx, ast.Load):
        items = node.elts
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
        yield from _swapped(source, node.left, node.right, source.operand)
    elif isinstance(node, ast.IfExp):
        yield from _swapped(source, node.body, node.orelse, source.operand)
    for first, second in itertools.pairwise(items):
        yield from _swapped(source, first, second, source.of)


def swapped_statements(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Two steps that follow one another have changed places."""
    if not isinstance(node, ast.stmt):
        return
    body = source.body_of(node)
    following = body[body.index(node) + 1 : body.index(node) + 2]
    if following and _may_change_places(node, following[0]):
        yield from _swapped(source, node, following[0], source.of)


def removed_statement(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A step is forgotten: a call, an update, an end of a loop."""
    called_for_effect = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    is_step = called_for_effect or isinstance(node, ast.AugAssign | ast.Break | ast.Continue | ast.Raise)
    if is_step or (isinstance(node, ast.Assign) and _stored(node) & _loaded(node.value)):
        yield source.replaced(node, "pass")


def wrong_return(source: Source, node: ast.AST) -> Iterator[Edit]:
    """What is returned is another variable of the function, or nothing."""
    function = source.enclosing(node)
    if isinstance(node, ast.Return) and node.value and function:
        for name in _assigned_before(function, node)[-2:]:
            if name != source.of(node.value):
                yield source.replaced(node.value, name)
        yield source.replaced(node.value, "None")


def other_variable(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A step takes the function's input, or what was worked out before, for what it should take."""
    function, parent = source.enclosing(node), source.parents.get(node)
    is_read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    is_taken = isinstance(parent, ast.BinOp) or (isinstance(parent, ast.Call) and node is not parent.func)
    if not function or not is_read or not is_taken or called(parent) in _NOT_LEFT_OUT:  # type: ignore[arg-type]
        return
    for other in dict.fromkeys([*[*parameters(function)][:1], *_assigned_before(function, node)[-1:]]):
        if other != node.id:  # type: ignore[attr-defined]
            yield source.replaced(node, other)


def wrong_condition(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A condition is the wrong way round, or is never asked."""
    if isinstance(node, ast.If | ast.IfExp):
        yield source.replaced(node.test, f"not {source.operand(node.test)}")
        yield source.replaced(node.test, "False")
        yield source.replaced(node.test, "True")


def ignored_argument(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Where a parameter should be read, alone or as the attribute of its name, stands its default or a fixed value."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            function = source.enclosing(node)
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()):
            home = source.class_of(node)
            named = (each for each in (home.body if home else ()) if isinstance(each, ast.FunctionDef))
            function = next((each for each in named if each.name == "__init__"), None)
        case _:
            return
    if function and name in parameters(function):
        annotation = parameters(function)[name].annotation
        fixed = _FIXED.get(ast.unparse(annotation)) if annotation else None
        default = defaults(function).get(name)
        value = ast.unparse(default) if default else fixed
        parent = source.parents[node]
        if isinstance(parent, ast.keyword) and parent.arg is None:  # **keywords
            value = "{}"
        if value:
            yield source.replaced(node, value)


def forgotten_argument(source: Source, node: ast.AST) -> Iterator[Edit]:
    """An argument with a name is not passed on, so that the callee's default holds."""
    if not isinstance(node, ast.Call):
        return
    given = sorted([*node.args, *node.keywords], key=source.start)
    for before, argument in zip([None, *given], given, strict=False):
        if isinstance(argument, ast.keyword) and argument.arg != "strict":  # `zip`'s, which gives nothing
            gap = source.between(source.end(before), source.start(argument)) if before else ""
            start = source.end(before) + len(gap[: gap.rfind(",")].encode()) if before else source.start(argument)
            yield Edit(start, source.end(argument), "")


def left_out_call(source: Source, node: ast.AST) -> Iterator[Edit]:
    """What is done to a value is left out: an activation, a root, a copy, `.detach()`, `.to(device)`."""
    stands_alone = isinstance(source.parents.get(node), ast.Expr)  # then it is a removed statement
    if not isinstance(node, ast.Call) or stands_alone:
        return
    if called(node) in _NOT_LEFT_OUT or called(node)[:1].isupper():
        return
    if isinstance(node.func, ast.Attribute) and not _is_given_name(node.func.value):
        yield source.replaced(node, source.operand(node.func.value))
    elif node.args and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp | ast.Constant):
        yield source.replaced(node, source.operand(node.args[0]))


def called_twice(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A step is taken twice."""
    repeats = isinstance(node, ast.AugAssign) or (isinstance(node, ast.Assign) and bool(_stored(node) & _loaded(node)))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        draws_anew = called(node.value).endswith("_") and _is_given_name(node.value.func.value)  # type: ignore[attr-defined]
        repeats = called(node.value) not in _ONCE_IS_ENOUGH and not draws_anew
    if repeats:
        yield Edit(source.end(node), source.end(node), f"\n{_indent(node)}{source.of(node)}")


def short_loop(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A loop leaves out its first or its last round, or all but the first."""
    is_made = isinstance(node, ast.ListComp | ast.GeneratorExp)
    loop = node.generators[0] if is_made else node  # type: ignore[attr-defined]
    if isinstance(loop, ast.For | ast.comprehension):
        yield source.replaced(loop.iter, f"list({source.of(loop.iter)})[:-1]")
        yield source.replaced(loop.iter, f"list({source.of(loop.iter)})[1:]")
    if isinstance(node, ast.For):
        end = source.end(node.body[-1])
        yield Edit(end, end, f"\n{_indent(node.body[-1])}break")


def _swapped(source: Source, first: ast.AST, second: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Edit]:
    gap = source.between(source.end(first), source.start(second))
    new = f"{text(second)}{gap}{text(first)}"
    yield Edit(source.start(first), source.end(second), new)


def _may_change_places(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether the second could run before the first, and that could make a difference."""
    steps = (ast.Expr, ast.AugAssign, ast.If)
    if isinstance(first, steps) and isinstance(second, steps):
        return all(any(isinstance(node, ast.Call) for node in ast.walk(each)) for each in (first, second))
    makes = all(
        isinstance(each, ast.Assign) and any(called(node)[:1].isupper() for node in ast.walk(each))
        for each in (first, second)
    )
    mixed = isinstance(first, ast.Assign) and isinstance(second, ast.Expr)
    return (makes or mixed) and not _stored(first) & _loaded(second)


def _stored(node: ast.AST) -> set[str]:
    """The names and attributes that are assigned to in a node."""
    return {ast.unparse(each) for each in ast.walk(node) if isinstance(getattr(each, "ctx", None), ast.Store)}


def _loaded(node: ast.AST) -> set[str]:
    """The names and attributes that are read in a node."""
    reads = (each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute))
    return {ast.unparse(each) for each in reads if isinstance(each.ctx, ast.Load)}


def _assigned_before(function: Function, node: ast.AST) -> list[str]:
    """The variables that plain assignments in a function set before a node, the latest last."""
    line: int = node.lineno  # type: ignore[attr-defined]
    plain = (each for each in ast.walk(function) if isinstance(each, ast.Assign) and (each.end_lineno or 0) < line)
    ordered = sorted(plain, key=lambda each: each.lineno)
    names = [target.id for each in ordered for target in each.targets if isinstance(target, ast.Name)]
    return list(dict.fromkeys(names[::-1]))[::-1]


def _is_given_name(node: ast.AST) -> bool:
    """Whether it is the object itself, or looks like a module: `torch`, `nn.init`, `F`."""
    match node:
        case ast.Name(id=name):
            return name == "self" or name in _MODULES
        case ast.Attribute(value=ast.Name(id=name)):
            return name in _MODULES
        case ast.Call(func=ast.Name(id="super")):
            return True
    return False


def _indent(node: ast.AST) -> str:
    return " " * node.col_offset  # type: ignore[attr-defined, no-any-return]
