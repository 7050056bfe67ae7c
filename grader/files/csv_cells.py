"""A CSV text as cells that know where they stand, so that some can be replaced and every other byte stays.

Cells are read as Python's `csv` reads them: a cell that begins with a quote ends at the next one that is not doubled,
and what follows up to the separator belongs to it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell, and where what stands for it in the file begins and ends."""

    start: int
    end: int
    text: str
    quoted: bool


class UnclosedQuote(Exception):
    """A quote opens a cell and none closes it; the message is the number of the row in a spreadsheet."""


def read_cells(text: str, separator: str) -> list[list[Cell]]:
    """The cells of each row, an empty list for an empty line. Raises `UnclosedQuote`."""
    plain = re.compile(f"[^{re.escape(separator)}\r\n]*")
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    at = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    while at < len(text):
        if not row and text[at] in "\r\n":
            cell = None
        else:
            cell = _cell(text, at, plain)
            if cell is None:
                raise UnclosedQuote(str(len(rows) + 1))
            row.append(cell)
            at = cell.end
        if cell and text[at : at + 1] == separator:
            at += 1
            if at < len(text):
                continue
            row.append(Cell(at, at, "", False))  # a separator at the very end has an empty cell behind it
        rows.append(row)
        row = []
        at += 2 if text[at : at + 2] == "\r\n" else 1
    return rows


def replaced(text: str, separator: str, changes: Mapping[Cell, str]) -> str:
    """The text with other contents in some cells: in quotes where there were some, or where the content needs them."""
    pieces, at = [], 0
    for cell in sorted(changes, key=lambda cell: cell.start):
        pieces += [text[at : cell.start], _written(changes[cell], separator, quoted=cell.quoted)]
        at = cell.end
    return "".join([*pieces, text[at:]])


def _cell(text: str, start: int, plain: re.Pattern[str]) -> Cell | None:
    """The cell that begins at `start`; None where its quote is never closed."""
    if text[start] != '"':
        end = _end(plain, text, start)
        return Cell(start, end, text[start:end], False)
    close = start + 1
    while (close := text.find('"', close)) >= 0 and text[close + 1 : close + 2] == '"':
        close += 2
    if close < 0:
        return None
    end = _end(plain, text, close + 1)
    return Cell(start, end, text[start + 1 : close].replace('""', '"') + text[close + 1 : end], True)


def _end(plain: re.Pattern[str], text: str, start: int) -> int:
    match = plain.match(text, start)
    return match.end() if match else start


def _written(content: str, separator: str, *, quoted: bool) -> str:
    if quoted or content != content.strip() or any(each in content for each in (separator, '"', "\r", "\n")):
        return '"' + content.replace('"', '""') + '"'
    return content
