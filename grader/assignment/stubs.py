"""Stubs: a text of the reference solution with the marked solution taken out.

The reference is the single source of the students' files. Its author marks what students write:

    # BEGIN SOLUTION: build the layers       becomes   raise NotImplementedError("build the layers")
    ...
    # END SOLUTION

    # BEGIN SOLUTION                         becomes   answer = "..."
    # STUB: answer = "..."
    answer = "because"
    # END SOLUTION

    x = f()  # SOLUTION                      becomes   x = ...

Lines that begin with `# STUB:` inside a block are what the stub gets instead of the `raise`. Markers may have several
`#` and any case. What looks like a marker but is not one is an error: a typo must not give the solution away.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.core.errors import AuthorError

_BEGIN = re.compile(r"#+\s*BEGIN\s+SOLUTION\s*(?::\s*(?P<task>.*?))?\s*", re.IGNORECASE)
_END = re.compile(r"#+\s*END\s+SOLUTION\s*", re.IGNORECASE)
_STUB_LINE = re.compile(r"#+\s*STUB:(?: |$)(?P<line>.*)")
_TRAILING = re.compile(r"(?:.*\s)?#+\s*SOLUTION\s*", re.IGNORECASE)
# Wider than the four above: what matches only this is a marker gone wrong; `# Solution of ...` is prose.
_SUSPECT = re.compile(r"#\s*((?i:(BEGIN|END)[\s_-]*SOLUTION|STUB\s*:|SOLUTION\s*$)|SOLUTION\b)", re.MULTILINE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")  # as Python counts lines; str.splitlines knows more line ends
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


def stub_of(source: str, *, where: str = "source") -> str:
    """Return the student's version of a source text: no line of the solution, and valid Python.

    A text without markers comes back unchanged. `where` names the text in messages. Raises `AuthorError` for text that
    is not Python, before or after, and for nested, unclosed, stray or misspelt markers, with all of them.
    """
    _parse(source, where, "the source is not valid Python")
    if not _SUSPECT.search(source):
        return source
    lines = _LINE.findall(source)
    text = "".join(re.sub(r"\r\n?", "\n", line) for line in lines)
    comments = list(_comments(text))
    blocks, problems = _blocks(comments, where)
    inside = {number for block in blocks for number in range(block.begin, block.end + 1)}
    edits, more = _assignments([each for each in comments if each.line not in inside], text, where)
    problems += more + _text_problems(text, comments, where)
    if problems:
        raise AuthorError(sorted(problems, key=_line_number))
    for block in blocks:
        edits[block.begin, block.end] = list(block.stub)
    for (first, last), replacement in sorted(edits.items(), reverse=True):
        newline = re.search(r"[\r\n]*\Z", lines[last - 1])
        lines[first - 1 : last] = [line + (newline.group() if newline else "") for line in replacement]
    stub = "".join(lines)
    _parse(stub, where, "without its solution the text is not valid Python; indent the markers like the code")
    return stub


def solution_lines(source: str) -> frozenset[int]:
    """The lines, from 1, that students write: what `stub_of` takes out of a text that it can make a stub of."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    comments = list(_comments(text))
    blocks, _ = _blocks(comments, "")
    inside = {number for block in blocks for number in range(block.begin, block.end + 1)}
    edits, _ = _assignments([each for each in comments if each.line not in inside], text, "")
    inside |= {number for first, last in edits for number in range(first, last + 1)}
    return frozenset(inside)


@dataclass(frozen=True, slots=True)
class _Comment:
    """One comment: its text from the `#` on, its line (from 1), and what comes before it on that line."""

    text: str
    line: int
    before: str

    @property
    def alone(self) -> bool:
        """Whether nothing but indentation comes before it."""
        return not self.before.strip()


@dataclass(frozen=True, slots=True)
class _Block:
    """A solution between two markers, lines `begin` to `end` (from 1, both included), and the stub's lines for it."""

    begin: int
    end: int
    stub: tuple[str, ...]


def _blocks(comments: Sequence[_Comment], where: str) -> tuple[list[_Block], list[str]]:
    """Pair the markers: the blocks in order, and every nested, unclosed, stray or misspelt marker."""
    blocks: list[_Block] = []
    problems: list[str] = []
    begin: _Comment | None = None
    stub: list[str] = []
    for comment in comments:
        at = f"{where}:{comment.line}"
        if not comment.alone and (_BEGIN.fullmatch(comment.text) or _END.fullmatch(comment.text)):
            problems.append(f"{at}: a marker follows code; give it a line of its own")
        elif _BEGIN.fullmatch(comment.text):
            if begin:
                problems.append(f"{at}: BEGIN SOLUTION inside the block of line {begin.line}; close that one first")
            begin, stub = comment, []
        elif _END.fullmatch(comment.text):
            if begin:
                blocks.append(_Block(begin.line, comment.line, tuple(stub) or (_raise_line(begin),)))
            else:
                problems.append(f"{at}: END SOLUTION without a BEGIN; remove it or add # BEGIN SOLUTION")
            begin = None
        elif begin and comment.alone and (given := _STUB_LINE.fullmatch(comment.text)):
            stub.append((comment.before + given["line"]).rstrip())
        elif not _TRAILING.fullmatch(comment.text) and _SUSPECT.search(comment.text):
            problems.append(
                f"{at}: {comment.text!r} looks like a marker but is not one; write # BEGIN SOLUTION, # END SOLUTION, "
                "# SOLUTION after an assignment, or # STUB: inside a block"
            )
    if begin:
        problems.append(f"{where}:{begin.line}: BEGIN SOLUTION is never closed; add # END SOLUTION")
    return blocks, problems


def _assignments(
    comments: Sequence[_Comment], text: str, where: str
) -> tuple[dict[tuple[int, int], list[str]], list[str]]:
    """For each `# SOLUTION` after an assignment: the lines it spans -> the one line that replaces them."""
    lines = text.split("\n")
    statements = [node for node in _statements(text) if not _holds_statements(node)]
    edits: dict[tuple[int, int], list[str]] = {}
    problems: list[str] = []
    for comment in comments:
        if not _TRAILING.fullmatch(comment.text):
            continue
        match [node for node in statements if node.lineno <= comment.line <= (node.end_lineno or 0)]:
            case [ast.Assign() | ast.AnnAssign(value=ast.expr()) as node] if _has_its_lines_alone(node, text):
                last = node.end_lineno or node.lineno
                kept = _target_text(lines[node.lineno - 1 : last], node)
                edits[node.lineno, last] = [*kept[:-1], f"{kept[-1]} ..."]
            case _:
                problems.append(
                    f"{where}:{comment.line}: # SOLUTION does not follow exactly one assignment; use "
                    "# BEGIN SOLUTION and # END SOLUTION"
                )
    return edits, problems


def _statements(text: str) -> list[ast.stmt]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]


def _holds_statements(node: ast.stmt) -> bool:
    """Whether it is a def, class, if, match and so on."""
    return any(isinstance(inner, ast.stmt) for inner in ast.walk(node) if inner is not node)


def _has_its_lines_alone(node: ast.stmt, text: str) -> bool:
    """Whether no other statement begins or ends on its lines, as in `if x: y = 1` or `x = 1; y = 2`."""
    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    rest = [other for other in _statements(text) if (other.lineno, other.col_offset) != (node.lineno, node.col_offset)]
    return not any(
        other.lineno in lines or (other.end_lineno in lines and not _holds_statements(other)) for other in rest
    )


def _target_text(lines: Sequence[str], node: ast.Assign | ast.AnnAssign) -> list[str]:
    """The assignment's text up to the `=` before its value. Positions come from tokens: a value's parentheses and
    comments belong to no syntax node."""
    wanted = len(node.targets) if isinstance(node, ast.Assign) else 1
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines).lstrip()).readline):
        depth += (token.string in _OPEN) - (token.string in _CLOSE)
        if token.type == tokenize.OP and token.string == "=" and depth == 0:
            wanted -= 1
        if wanted == 0:
            row, column = token.end
            cut = column + (len(_indent(lines[0])) if row == 1 else 0)
            return [*lines[: row - 1], lines[row - 1][:cut]]
    raise AssertionError("an assignment has an equals sign for each target")


def _comments(text: str) -> Iterator[_Comment]:
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            yield _Comment(token.string, row, lines[row - 1][:column])


def _text_problems(text: str, comments: Sequence[_Comment], where: str) -> list[str]:
    """Markers inside a string, which are not comments: they would cut nothing."""
    commented = {comment.line for comment in comments}
    return [
        f"{where}:{number}: a marker inside a string cuts nothing; put the markers around the whole string"
        for number, line in enumerate(text.split("\n"), start=1)
        if number not in commented and (_BEGIN.fullmatch(line.strip()) or _END.fullmatch(line.strip()))
    ]


def _parse(text: str, where: str, what: str) -> None:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as error:  # ValueError: a null byte
        line = getattr(error, "lineno", None) or 1
        raise AuthorError([f"{where}:{line}: {what} ({error}); fix it"]) from error


def _raise_line(begin: _Comment) -> str:
    """The line that stands for a block without STUB lines, indented like its BEGIN marker."""
    match = _BEGIN.fullmatch(begin.text)
    task = (match["task"] if match else None) or "write this part"
    return f"{begin.before}raise NotImplementedError({json.dumps(task, ensure_ascii=False)})"


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _line_number(problem: str) -> int:
    return int(problem.split(": ")[0].rpartition(":")[2])
