"""Pages and tables are made anew only where what they are made of has changed; other files are not even touched."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_results import make_results
from sample_reports import report, verdict

from grader.cli.manual import manual_import
from grader.core.verdict import Outcome
from grader.pages.html import student_page as make_page
from grader.pages.write import settle_with_pages
from grader.results.folder import derive, folder_of, read_class, read_report, save
from grader.results.made import MADE, write_made
from grader.results.marks import InShort
from grader.results.report import Answer, Illustrations

WHY = Answer("why", "Why?", "Why?", ((2, "The reason."),), "Because.")
LONG_AGO = 1_000_000_000
TABLES = {"grades.csv", "gradebook.json", "statistics.json", "index.html"}


class Results:
    """A class of five with an answer each, and one who is set aside; what was written long ago, and what is new."""

    def __init__(self, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        graded = [report(verdict("a"), submission_id=f"s{number}", answers=(WHY,)) for number in range(5)]
        self.out = make_results(out, *graded, report(submission_id="aside", reason="a link"))
        self.made: list[str] = []  # whose page is made

        def counted(report: Any, *given: Any, **more: Any) -> str:
            self.made.append(report.submission_id)
            return make_page(report, *given, **more)

        monkeypatch.setattr("grader.pages.write.student_page", counted)
        self.rest()

    def files(self) -> dict[str, bytes]:
        """What is derived: pages and tables."""
        found = [path for path in self.out.rglob("*") if path.is_file() and MADE not in path.parts]
        kept = (path for path in found if path.suffix in (".html", ".csv") or path.name in TABLES)
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in kept}

    def rest(self) -> None:
        """All was written long ago, and nothing is made yet."""
        for name in self.files():
            os.utime(self.out / name, (LONG_AGO, LONG_AGO))
        self.before = self.files()
        self.made.clear()

    def renewed(self) -> set[str]:
        """What was written since; everything else has the bytes that it had."""
        now = self.files()
        new = {name for name in now if (self.out / name).stat().st_mtime != LONG_AGO}
        assert {name for name in now if now[name] != self.before.get(name)} == new
        return new

    def mark(self, *lines: str) -> None:
        """Import points by hand."""
        sheet = self.out.parent / "sheet.csv"
        sheet.write_text("\n".join(["id,question,points,comment", *lines]) + "\n")
        manual_import(self.out, sheet, marker="tina")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    """Results that are settled."""
    return Results(tmp_path / "out", monkeypatch)


def pages(*ids: str) -> set[str]:
    """The pages of these."""
    return {f"students/{id}/report.html" for id in ids}


def test_where_nothing_has_changed_nothing_is_made_or_touched(results: Results) -> None:
    """Not a page, not a table."""
    settle_with_pages(results.out)
    assert (results.made, results.renewed()) == ([], set())


def test_points_by_hand_renew_the_pages_that_tell_them(results: Results) -> None:
    """The first ones all that have answers, as the total now has more parts; later ones their students' alone."""
    results.mark("s0,why,1,Good.", "s1,why,2,")
    assert results.renewed() == TABLES | pages("s0", "s1", "s2", "s3", "s4")
    assert "aside" not in results.made
    results.rest()
    results.mark("s3,why,2,Well said.")
    assert (results.made, results.renewed()) == (["s3"], TABLES | pages("s3"))
    assert "Well said." in (results.out / "students/s3/report.html").read_text()
    results.rest()
    results.mark("s3,why,2,Well said.")
    assert (results.made, results.renewed()) == ([], set())


def test_a_changed_report_renews_its_page_alone(results: Results) -> None:
    """And the tables of the class."""
    before = read_report(results.out, "s2")
    assert before
    failed = report(verdict("a", Outcome.WRONG_ANSWER), submission_id="s2", answers=(WHY,), keys=before.keys)
    save(results.out, failed, Illustrations())
    settle_with_pages(results.out)
    assert (results.made, results.renewed()) == (["s2"], TABLES | pages("s2"))


@pytest.mark.parametrize("version", [None, {"a": "another"}])
def test_what_a_run_remembers_makes_the_same_gradebook(results: Results, version: dict[str, str] | None) -> None:
    """As the files would, of the version that counts and of another; nothing is read then."""
    found = {each: read_report(results.out, each) for each in ("s0", "s1", "s2", "s3", "s4", "aside")}
    known = {id: InShort.of(each) for id, each in found.items() if each}
    first = found["s0"]
    assert first
    graded = replace(read_class(results.out), version=version or first.version)
    book, short = derive(results.out, graded)
    assert len(short) == (1 if version else 6)
    for id in found:
        (folder_of(results.out, id) / "report.json").unlink()
    assert derive(results.out, graded, known) == (book, short)


def test_what_comes_out_the_same_is_not_written(tmp_path: Path) -> None:
    """Made of something else, with the same bytes; a damaged note costs no more than making it."""
    path = tmp_path / "page.html"

    def make(*parts: str) -> bool:
        """Whether it had to be made."""
        calls = []
        write_made(tmp_path, "page.html", parts, lambda: calls.append(1) or b"content")  # type: ignore[func-returns-value]
        return bool(calls)

    assert make("one") and not make("one")
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert make("two") and not make("two")
    (tmp_path / MADE / "page.html").write_text("{")
    assert make("two")
    assert path.stat().st_mtime == LONG_AGO
    path.write_text("somebody else's")
    assert make("two") and path.read_bytes() == b"content"
