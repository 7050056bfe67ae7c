"""Written answers of a package, read one by one from its source, of which nothing is run. In a room: to parse hostile
text can crash Python.

Reads   the request's "answers", names of questions; "sources", those files of the submission
Gives   "answers": [[name, text or None, what is wrong with it], ...], those that are there
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

TEXT_CAP = 40_000  # characters of an answer
RAW = 'write r before the quotes: r"""..."""'
LOST = f"backslashes were lost to Python, and are put back here; {RAW}"
# Where a string without r has `\n`, `\r` or `\t` and means one of these; `\a`, `\b`, `\f` and `\v` no text has.
COMMANDS = frozenset({
    "nabla", "ne", "neq", "neg", "ni", "not", "notin", "nu", "nonumber", "ngeq", "nleq", "nmid", "rho", "right",
    "rightarrow", "rangle", "rfloor", "rceil", "rm", "rVert", "rvert", "text", "textbf", "textit", "textrm", "texttt",
    "textstyle", "tfrac", "tbinom", "theta", "tan", "tanh", "tau", "tilde", "times", "to", "top", "triangle", "tag",
})  # fmt: skip
_STRING = re.compile(
    r"""(?P<prefix>[rRbBuU]{0,2})(?P<quotes>\"\"\"|'''|"|')(?P<inner>(?:\\.|(?!(?P=quotes)).)*)(?P=quotes)""", re.DOTALL
)
_CURLY = re.compile(r"[“”„]+(?P<inner>[^“”„]*)[“”„]+")
_ESCAPE = re.compile(r"\\(?:(?P<word>[abfnrtv][A-Za-z]*)|(?P<other>.))", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"', "\n": ""}


def read(submission: Path, questions: Sequence[str], sources: Sequence[str]) -> dict[str, Any]:
    """The last value that the sources give to each name, in order of their paths."""
    found: dict[str, list[Any]] = {}
    for path in sorted(submission / source for source in sources):
        for name, text, problem in _of_file(path.name, path.read_bytes().decode("utf-8-sig", "replace"), questions):
            found[name] = [name, text and text[:TEXT_CAP], problem]
    return {"answers": list(found.values())}


def _of_file(file: str, source: str, questions: Sequence[str]) -> Iterator[tuple[str, str | None, str]]:
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        line = f"{error.lineno}: " if isinstance(error, SyntaxError) else " "
        for name in questions:
            if re.search(rf"^{name}\b", source, re.MULTILINE):
                text = _by_looks(source, name)
                advice = RAW if "unicode" in said else "use straight quotes" if "U+201" in said else "fix that line"
                yield name, text, f"Python cannot read {file}:{line}{said}; {advice}"
        return
    for statement in statements:
        for name in questions:
            if (value := _given(statement, name)) is not None:
                yield name, *_read(value, source)


def _given(statement: ast.stmt, name: str) -> ast.AST | None:
    """What a statement gives to a name: an expression, or the function or class of that name."""
    match statement:
        case ast.Assign(targets=[*targets], value=value):
            return value if any(isinstance(each, ast.Name) and each.id == name for each in targets) else None
        case ast.AnnAssign(target=ast.Name(id=target), value=value):
            return value if target == name else None
        case ast.FunctionDef() | ast.ClassDef():
            return statement if statement.name == name else None
    return None


def _read(value: ast.AST, source: str) -> tuple[str | None, str]:
    """The text of an answer, and what is wrong with it; no text where it is computed."""
    match value:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            kind = "a function" if isinstance(value, ast.FunctionDef) else "a class"
            return _said_in(value), f"`{name}` is {kind}, not a text; write the text behind the name and `=`"
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) if parts and all(map(_is_text, parts)):
            text = "\n".join(str(_read(each, source)[0]) for each in parts)
            advice = "remove the comma behind the quotes" if len(parts) == 1 else "write one text between quotes"
            return text, f"it is a {type(value).__name__.lower()} of texts, not a text; {advice}"
        case ast.Call(func=ast.Attribute(value=ast.Constant() as called, attr="strip" | "lstrip" | "rstrip"), args=[]):
            return _read(called, source)
        case ast.Call(func=ast.Name("dedent") | ast.Attribute(attr="dedent"), args=[ast.Constant() as called]):
            return _read(called, source)
        case ast.Constant(value=str(text)):
            meant = _as_meant(ast.get_source_segment(source, value) or "")
            return (text, "") if meant is None else (meant, LOST)
        case ast.Constant(value=bytes(content)):
            return content.decode("utf-8", "replace"), "it is of type bytes; remove the b before the quotes"
        case ast.Constant(value=other):
            return None, f"it is {other!r:.40}, not a text; write it between quotes"
    return None, ""


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _said_in(node: ast.FunctionDef | ast.ClassDef) -> str | None:
    """The docstring, or a text that is returned."""
    returned = (each.value for each in ast.walk(node) if isinstance(each, ast.Return))
    texts = (each.value for each in returned if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return ast.get_docstring(node) or next(texts, None)


def _as_meant(literal: str) -> str | None:
    """The text of a literal with the backslashes of its formulas; None where Python has lost none."""
    parts, lost = [], False
    for string in _STRING.finditer(literal):
        inner = string["inner"]
        if "r" not in string["prefix"].lower():
            lost = lost or any(map(_is_command, _ESCAPE.finditer(inner)))
            inner = _ESCAPE.sub(_meant, inner)
        parts.append(inner)
    return "".join(parts) if lost else None


def _is_command(found: re.Match[str]) -> bool:
    word = found["word"] or ""
    return word in COMMANDS or (word[:1] in tuple("abfv") and len(word) > 1)


def _meant(found: re.Match[str]) -> str:
    """What an escape stands for: the command that it begins, else what Python makes of it."""
    if _is_command(found):
        return found[0]
    if word := found["word"]:
        return _PLAIN.get(word[0], found[0][:2]) + word[1:]
    return _PLAIN.get(found["other"], found[0])


def _by_looks(source: str, name: str) -> str | None:
    """The last literal behind `name =` as it stands in a file that Python cannot read."""
    text = None
    for begin in re.finditer(rf"^{name}[ \t]*(?::[^=\n]*)?=[ \t(]*\s*", source, re.MULTILINE):
        if string := _STRING.match(source, begin.end()) or _CURLY.match(source, begin.end()):
            text = string["inner"] or text
    return text
