"""Small tables that people edit in a spreadsheet: CSV read with the row numbers that they see, written formula-free.

A row's number is the spreadsheet's: the header is row 1, and a line break inside a cell begins no row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    text = read_text(path)
    last = UsageError(f"{path}: it is empty; its first row names the columns {', '.join(required)}")
    for separator in SEPARATORS:
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
        except csv.Error as error:
            last = UsageError(f"{path}: not a CSV file ({error}); save it as CSV again")
            continue
        header = [name.strip().lower() for name in records[0]] if records else []
        if set(required) <= set(header):
            return list(_lines(path, header, records[1:]))
        if header:
            lacking = ", ".join(name for name in required if name not in header)
            last = UsageError(f"{path}: no column {lacking}; name the columns in the first row")
    raise last


def read_text(path: Path) -> str:
    """A CSV file's text, without its byte order mark. Raises `UsageError`."""
    try:
        if path.stat().st_size > SIZE_CAP:
            raise UsageError(f"{path}: larger than {SIZE_CAP >> 20} MiB; name the table that was asked for")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a CSV file") from None
    except UnicodeDecodeError:
        raise UsageError(f'{path}: not UTF-8; save it as "CSV UTF-8" in the spreadsheet') from None


def _lines(path: Path, header: Sequence[str], records: Iterable[list[str]]) -> Iterator[Line]:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise UsageError(f"{path}: there are two columns {twice[0]}; keep one")
    for count, record in enumerate(records, 2):
        cells = [typed(cell) for cell in record]
        if any(cells[len(header) :]):
            raise UsageError(f"{path} row {count}: more cells than columns; put text with a separator in quotes")
        if any(cells):
            yield Line(count, dict.fromkeys(header, "") | dict(zip(header, cells, strict=False)))
