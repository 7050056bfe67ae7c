"""Cells of a CSV text know exactly where they stand: what is replaced changes, and not one byte else."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.files.csv_cells import Cell, UnclosedQuote, read_cells, replaced


def cells_of(content: str, separator: str = ",") -> list[list[str]]:
    """As a spreadsheet reads it."""
    return list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))


AWKWARD = st.text("a,;\"' \r\n=é\t", max_size=6)
ANY_CELLS = st.one_of(AWKWARD, st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8))


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[list[str]], str, str]:
    """A table of any texts, the separator, and the file that some program might write of it."""
    width = draw(st.integers(1, 5))
    table = draw(st.lists(st.lists(ANY_CELLS, min_size=width, max_size=width), min_size=1, max_size=5))
    separator = draw(st.sampled_from(",;\t"))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    rows = []
    for row in table:
        cells = []
        for cell in row:
            must = any(each in cell for each in (separator, '"', "\r", "\n")) or row == [""]
            quoted = must or draw(st.booleans())
            cells.append('"' + cell.replace('"', '""') + '"' if quoted else cell)
        rows.append(separator.join(cells))
    last = draw(st.sampled_from([end, ""]))
    text = draw(st.sampled_from(["", "\ufeff"])) + end.join(rows) + last
    return table, separator, text


@settings(deadline=None, max_examples=300)
@given(written_tables())
def test_cells_are_what_was_written(written: tuple[list[list[str]], str, str]) -> None:
    """Whatever texts, separators, quoting, line ends and byte order marks."""
    table, separator, text = written
    if text.startswith("\ufeff\ufeff") or (not text.startswith("\ufeff") and table[0][0].startswith("\ufeff")):
        return  # a mark in the first cell cannot be told from the file's
    assert [[cell.text for cell in row] for row in read_cells(text, separator)] == table


@settings(deadline=None, max_examples=500)
@given(st.text('a,;"\r\n é', max_size=30), st.sampled_from(",;"))
def test_any_text_is_read_as_python_reads_it(text: str, separator: str) -> None:
    """Well-formed or not, except that a quote that is never closed is refused."""
    try:
        rows = read_cells(text, separator)
    except UnclosedQuote:
        with pytest.raises(csv.Error):
            list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
        return
    assert [[cell.text for cell in row] for row in rows] == cells_of(text, separator)


@settings(deadline=None, max_examples=300)
@given(written_tables(), st.data())
def test_only_the_target_cells_change(written: tuple[list[list[str]], str, str], data: st.DataObject) -> None:
    """Every byte outside them stays, and they hold exactly the new texts."""
    _, separator, text = written
    rows = read_cells(text, separator)
    cells = [(at, place) for at, row in enumerate(rows) for place in range(len(row))]
    targets = data.draw(st.lists(st.sampled_from(cells), unique=True, max_size=4))
    new: dict[Cell, str] = {rows[at][place]: data.draw(ANY_CELLS) for at, place in targets}
    after = replaced(text, separator, new)
    old = new_at = 0
    for cell, content in sorted(new.items(), key=lambda item: item[0].start):
        between = text[old : cell.start]
        assert after.startswith(between, new_at)
        new_at += len(between)
        written_now = first_cell(after[new_at:], separator)
        assert written_now.text == content
        new_at, old = new_at + written_now.end, cell.end
    assert after[new_at:] == text[old:]


def first_cell(text: str, separator: str) -> Cell:
    """The cell that a text begins with, which may be an empty one."""
    guarded = read_cells(f"x{separator}{text}", separator)[0][1]  # so that a line end is not an empty line
    return Cell(0, guarded.end - 2, guarded.text, guarded.quoted)
