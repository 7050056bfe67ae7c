"""Small tables that people edit in a spreadsheet: CSV read with the row numbers that they see, written formula-free.

A row's number is the spreadsheet's: the header is row 1, and a line break inside a cell begins no row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import visible

# A spreadsheet runs what begins like this; the wide forms too, where the keyboard is Japanese.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Where decimals have commas, a spreadsheet divides every row at semicolons, and what is behind one begins a cell.
_BEHIND_SEMICOLON = re.compile(rf"""(;[\s"]*)('*)(?=[{re.escape("".join(FORMULA))}])""")
SEPARATORS = (",", ";", "\t")
NUMBER = re.compile(r"-?[0-9]{1,6}(?:[.,][0-9]{1,6})?")
SIZE_CAP = 64 << 20
ESCAPED = 10  # the most characters that one can become when it is written out


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in a spreadsheet, and its cells by the name of their column; an absent cell is empty."""

    number: int
    cells: Mapping[str, str]


def safe(text: str) -> str:
    """`text` on one line, visible, with an apostrophe before whatever a spreadsheet would take for a formula."""
    flat = visible(" ".join(text.split()), limit=ESCAPED * len(text))
    flat = _BEHIND_SEMICOLON.sub(r"\1'\2", flat)
    return f"'{flat}" if flat.startswith(FORMULA) else flat


def typed(cell: str) -> str:
    """What a person meant by a cell: the text that `safe` was given, without blanks around it."""
    flat = _BEHIND_SEMICOLON.sub(lambda found: found[1] + found[2][1:], cell.strip())
    return flat[1:] if flat.startswith("'") and flat[1:].startswith(FORMULA) else flat


def number(text: str) -> Fraction | None:
    """The exact number that a person typed, with a decimal point or a decimal comma; None where it is not one."""
    return Fraction(text.replace(",", ".")) if NUMBER.fullmatch(text) else None


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file in UTF-8 of which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe(column) for column in columns])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def read_table(path: Path, required: Sequence[str]) -> list[Line]:
    """The rows of a CSV file that has the `required` columns (in any order and capitals, among others).

    Empty rows are left out. Raises `UsageError` with one sentence.
    """

    def problem(header: Sequence[str]) -> str | None:
        lacking = ", ".join(name for name in required if name not in map(_title, header))
        empty = f"it is empty; its first row names the columns {', '.join(required)}"
        return lacking and (f"no column {lacking}; name the columns in the first row" if header else empty)

    (_, header), *rows = read_rows(path, problem)
    return list(_lines(path, [_title(name) for name in header], rows))


def read_rows(path: Path, problem: Callable[[Sequence[str]], str | None]) -> list[tuple[int, list[str]]]:
    """The rows of a CSV file that have something in them, by number, with a separator with which the first row fits.

    `problem` says why a row cannot be the first, or nothing where it fits; the row is empty where the file is. Raises
    `UsageError` with one sentence.
    """
    text = _text(path)
    for separator in SEPARATORS:
        rows, broken = _rows(text, separator)
        unfit = (not rows and broken) or problem(rows[0][1] if rows else [])
        if not unfit:
            break
    if unfit or broken:
        raise UsageError(f"{path}: {unfit or broken}")
    return rows


def _rows(text: str, separator: str) -> tuple[list[tuple[int, list[str]]], str]:
    """The rows up to the first that cannot be read, and what is wrong with that one."""
    rows: list[tuple[int, list[str]]] = []
    number = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):
            if any(cell.strip() for cell in row):
                rows.append((number, row))
    except csv.Error as error:
        return rows, f"not a CSV file (row {number + 1}: {error}); save it as CSV again"
    return rows, ""


def _text(path: Path) -> str:
    """Without its byte order mark."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_CAP + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a CSV file") from None
    except UnicodeDecodeError:
        text = "\0"
    if len(content) > SIZE_CAP:
        raise UsageError(f"{path}: larger than {SIZE_CAP >> 20} MiB; name the table that was asked for")
    if "\0" in text:
        raise UsageError(f'{path}: not UTF-8; save it as "CSV UTF-8" in the spreadsheet')
    return text


def _title(name: str) -> str:
    return name.strip().lower()


def _lines(path: Path, header: Sequence[str], rows: Iterable[tuple[int, list[str]]]) -> Iterator[Line]:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise UsageError(f"{path}: there are two columns {twice[0]}; keep one")
    for count, row in rows:
        cells = [typed(cell) for cell in row]
        if any(cells[len(header) :]):
            raise UsageError(f"{path} row {count}: more cells than columns; put text with a separator in quotes")
        if any(cells):
            yield Line(count, dict.fromkeys(header, "") | dict(zip(header, cells, strict=False)))
