"""Whatever a file holds, a table is read from it or one clear sentence says why not."""

import contextlib
import csv
import io
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.errors import UsageError
from grader.exports.canvas import fill_canvas
from grader.exports.moodle import fill_moodle
from grader.files.tables import FORMULA, read_table, write_table
from grader.results.decisions import read_decisions
from grader.results.gradebook import build
from grader.results.lateness import read_late
from grader.results.manual import import_sheet
from grader.results.marks import Graded, Mark, Question
from grader.results.report import State

BOOK = build([Graded("1", State.GRADED, {"squares": Mark(Fraction(1), Fraction(2))})])
ASKED = {"1": Graded("1", State.GRADED, questions={"why": Question(Fraction(2), "a" * 32, "b" * 32)})}
HEADS = [
    "", "id,days,handed_in,extension_days\n", "id;question;points;comment\r\n", "Student,ID,Section,HW (7)\n",
    "\ufeffIdentifier,Full name,Grade,Maximum Grade,Feedback comments\r\n", '{"rows": [', "\x00",
]  # fmt: skip
ROWS = st.lists(st.text('1a,;"\n\r 2026-1T:Z+.=', max_size=25), max_size=6)
CONTENTS = st.one_of(
    st.binary(max_size=60),
    st.builds(lambda head, rows: (head + "\n".join(rows)).encode(), st.sampled_from(HEADS), ROWS),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of all examples go."""
    return tmp_path_factory.mktemp("tables")


@settings(deadline=None, max_examples=400)
@given(content=CONTENTS)
def test_no_file_is_a_traceback(folder: Path, content: bytes) -> None:
    """Every reader, on whatever content: a result or a `UsageError`."""
    path = folder / "any.csv"
    (folder / "marks").mkdir(exist_ok=True)
    for name in ("any.csv", "marks/tina.jsonl"):
        (folder / name).write_bytes(content)
    readers = (
        lambda: read_table(path, ["id"]),
        lambda: read_late(path),
        lambda: import_sheet(path, ASKED, folder / "none", "tina"),
        lambda: read_decisions(folder),
        lambda: fill_canvas(BOOK, path),
        lambda: fill_moodle(BOOK, path, comments=True),
    )
    for reader in readers:
        with contextlib.suppress(UsageError):
            reader()


@settings(deadline=None)
@given(table=st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read(folder: Path, table: list[list[str]]) -> None:
    """Each row under its number; only blanks and what cannot be seen are written otherwise."""
    path = folder / "written.csv"
    path.write_bytes(write_table(["id", "text"], table))
    lines = {line.number: line.cells for line in read_table(path, ["id", "text"])}
    for number, (id, text) in enumerate(table, 2):
        if id.isprintable() and text.isprintable() and not {id[:1], text[:1]} & {"'"} and (id.strip() or text.strip()):
            assert lines[number] == {"id": " ".join(id.split()), "text": " ".join(text.split())}


@pytest.mark.parametrize("opened_with", [",", ";"])
@settings(deadline=None)
@given(table=st.lists(st.lists(st.text("=+-@1a;,\"' \t", max_size=8), min_size=2, max_size=2), min_size=1, max_size=5))
def test_no_cell_is_a_formula_wherever_it_is_opened(opened_with: str, table: list[list[str]]) -> None:
    """Also where a spreadsheet divides the rows at semicolons, as it does in countries of decimal commas."""
    written = write_table(["id", "text"], table).decode()
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=opened_with):
        for cell in row:
            assert not cell.lstrip().startswith(FORMULA), written


@pytest.mark.parametrize("text", ["a;=1+1", "a; =1", "a;'=1", "a;''-1", 'a;"=1"', "a;b", "a;'b", "x; -1; +2"])
def test_what_was_made_harmless_is_read_as_it_was(folder: Path, text: str) -> None:
    """An apostrophe of ours goes again, one that was there stays."""
    path = folder / "harmless.csv"
    path.write_bytes(write_table(["id", "text"], [["1", text]]))
    assert read_table(path, ["id", "text"])[0].cells["text"] == text
