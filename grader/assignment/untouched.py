"""What of a handout nobody has written in yet: a stub may return None, or nothing, and only its text tells it.

A check tests nothing that anybody has written where all that its probe reaches in the students' files still stands
there as it was given out. What it reaches is read in the checks and the handout, which are the course's, from name to
name; a name too many only means that more has to be untouched. Of a student's files the lines are compared: hostile
text is not parsed.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.checks.checks import Check
from grader.files.notebooks import CELLS

# On one line, or a file of blank lines would take the square of its length.
_BINDS = r"\b(?:def|class|import|as)[ \t]+{name}\b|^[ \t]*(?:[\w.]+\.)?{name}[ \t]*(?::[^=\n]*)?=(?!=)"
# Called by Python or torch without their names.
_UNNAMED = re.compile(r"__\w+__|forward")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class _Definition:
    """A function, a method, another statement that gives a name a meaning, or the head of a class: lines of a file.

    `reads` are all names in it, and `brings` those of what a class has that is in use without being named.
    """

    file: str
    name: str
    lines: tuple[str, ...]
    reads: frozenset[str]
    brings: frozenset[str] = frozenset()


def is_untouched(
    check: Check, course: Mapping[str, bytes], handout: Mapping[str, bytes], submitted: Mapping[str, bytes]
) -> bool:
    """Whether all that a check reaches in the handout's modules is in what was submitted as it was given out.

    `course` are the files of checks and what is provided. Of a check of a notebook, everything has to be: its cells may
    use any of it. Never of a check that reaches nothing in the handout, or names another file that is not the
    handout's: its content may be what it is about.
    """
    if check.takes_notebook or not any(name.endswith(".py") for name in handout):
        return CELLS in handout and _is_whole(submitted, handout)
    reached = _reached(check.probe_name, tuple(sorted(course.items())), tuple(sorted(handout.items())))
    theirs = [each for each in reached if each.file in handout]
    named = set[str]().union(*(each.reads for each in reached))
    changed = (name for name, content in submitted.items() if not name.endswith(".py") and content != handout.get(name))
    if not theirs or any(PurePosixPath(name).name in named for name in changed):
        return False
    return all(_stands_in(submitted.get(each.file, b""), handout[each.file], each) for each in theirs)


def _is_whole(submitted: Mapping[str, bytes], handout: Mapping[str, bytes]) -> bool:
    """Whether all files are as they were given out, and none was added. Of a notebook, its code is compared."""
    given = {name: content for name, content in handout.items() if not name.endswith(".ipynb")}
    return submitted.keys() == given.keys() and all(_text(submitted[name]) == _text(given[name]) for name in given)


@functools.lru_cache(maxsize=256)
def _reached(
    probe: str, course: tuple[tuple[str, bytes], ...], handout: tuple[tuple[str, bytes], ...]
) -> frozenset[_Definition]:
    """The definition of a probe, and all that it leads to; those of the course's own files have paths like no other."""
    modules = [*((f"/{name}", content) for name, content in course), *handout]
    known = [each for name, content in modules if name.endswith(".py") for each in _definitions(name, content)]
    found, before = set[_Definition](), None
    while found != before:
        before = set(found)
        wanted = {probe}.union(*(each.reads for each in found))
        brought = {(each.file, name) for each in found for name in each.brings}
        found.update(each for each in known if each.name in wanted or (each.file, each.name) in brought)
    return frozenset(found)


@functools.lru_cache(maxsize=64)
def _definitions(file: str, content: bytes) -> tuple[_Definition, ...]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):  # of Python only what `grader stubs` has made is sure to be
        return ()
    return tuple(_in_body(tree.body, file, _lines(content)))


def _in_body(body: Iterable[ast.stmt], file: str, lines: list[str]) -> Iterator[_Definition]:
    for node in body:
        text = tuple(lines[_first(node) - 1 : node.end_lineno])
        if not isinstance(node, ast.ClassDef):
            yield from (_Definition(file, name, text, frozenset(_names(node))) for name in _bound_by(node))
            continue
        inner = [*_in_body(node.body, file, lines)]
        yield from inner
        methods = [each.name for each in node.body if isinstance(each, _FUNCTIONS)]
        called = {name for name in methods if not _UNNAMED.fullmatch(name)}
        head = text[: _first(node.body[0]) - _first(node)] or text
        above = frozenset(name for each in (*node.bases, *node.keywords, *node.decorator_list) for name in _names(each))
        yield _Definition(file, node.name, head, above, _all(inner) - called)


def _all(definitions: Iterable[_Definition]) -> frozenset[str]:
    return frozenset(each.name for each in definitions)


def _first(node: ast.stmt) -> int:
    above: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in above)])


def _bound_by(node: ast.stmt) -> set[str]:
    """The names that a statement gives a meaning, but for imports: those lead to nothing of the students' own."""
    if isinstance(node, _DEFINITIONS):
        return {node.name}
    inner = [*ast.walk(node)]
    stored = {each.id for each in inner if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    return stored | {each.name for each in inner if isinstance(each, _DEFINITIONS)}


def _names(node: ast.AST) -> Iterator[str]:
    """All that may be a name in a piece of code, texts included: `getattr(optim, "adam")`, `open("data/a.json")`."""
    for each in ast.walk(node):
        match each:
            case ast.Constant(value=str(text)):
                yield PurePosixPath(text).name
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name


def _stands_in(submitted: bytes, given: bytes, definition: _Definition) -> bool:
    """Whether its lines are there as often as in the handout, and its name is given no other meaning."""
    part = _apart(definition.lines)
    rebound = _bindings(submitted, definition.name) > _bindings(given, definition.name)
    return not rebound and _text(submitted).count(part) >= _text(given).count(part)


@functools.lru_cache(maxsize=512)
def _bindings(content: bytes, name: str) -> int:
    return len(re.findall(_BINDS.format(name=re.escape(name)), _text(content), re.MULTILINE))


@functools.lru_cache(maxsize=32)
def _text(content: bytes) -> str:
    """All lines, fit to be searched as one text: a student's file may have a million."""
    return _apart(_lines(content))


def _apart(lines: Iterable[str]) -> str:
    """Lines that share no line break with their neighbours, so that each part is counted by itself."""
    return "".join(f"\n{line}\n" for line in lines)


def _lines(content: bytes) -> list[str]:
    """The lines of a file, without the white space at their ends, in which editors differ."""
    return [line.rstrip() for line in content.decode("utf-8-sig", "replace").splitlines()]
