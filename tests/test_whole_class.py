"""Whole classes: however they were downloaded and whatever ends the grader midway, everybody gets what is due."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import lms_downloads
import pytest
from recorded_sandbox import RecordedSandbox
from tiny_course import Course, eventually, run_batch, square

from grader.grading.batch import NOBODY, BatchListener
from grader.grading.class_plan import Asked, make_results, plan_class
from grader.grading.class_run import Pages, grade_class
from grader.grading.session import Session
from grader.pages.write import settle_class, student_pages
from grader.results.folder import UNPACKED
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan

STUDENTS = 300
KILLS = 20
# Who writes what gets how many of the 6 points: by the number of the student, from 0 to 4.
WORK: Mapping[int, tuple[dict[str, str], str]] = {
    0: ({}, "6"),
    1: ({"maths.py": square("return -x")}, "1"),
    2: ({"maths.py": "def square(x:"}, "1"),
    3: ({"words.py": "essay = 'Because.'\n\ndef greet(name):\n    return 'What?'\n"}, "5"),
    4: ({"maths.py": square("import os; os._exit(0)")}, "1"),
}


def students(tiny: Course, count: int) -> dict[str, dict[str, bytes]]:
    """A class by id: numbers as platforms have, and what each submits."""
    found = {}
    for number in range(count):
        changed = {name: text.encode() for name, text in WORK[number % len(WORK)][0].items()}
        found[str(70_001 + number)] = {f"hw/{name}": content for name, content in {**tiny.reference, **changed}.items()}
    return found


def command(tiny: Course, source: Path, out: Path, level: str) -> list[str]:
    """`grader grade` of a class."""
    grader = str(Path(sys.executable).with_name("grader"))
    home = str(tiny.context.assignment.folder)
    return [grader, "grade", home, str(source), "--out", str(out), "-j", "2", "--sandbox", level]


def grades(out: Path) -> dict[str, tuple[str, str]]:
    """Points and state by id."""
    rows = csv.DictReader((out / "grades.csv").read_text(encoding="utf-8").splitlines())
    return {row["id"]: (row["points"], row["state"]) for row in rows}


def timeless(out: Path) -> dict[str, Any]:
    """All reports and the gradebook without the time that things took."""
    found: dict[str, Any] = {}
    for path in sorted(out.rglob("report.json")):
        report = json.loads(path.read_bytes())
        for verdict in report["verdicts"]:
            verdict["seconds"] = 0
        found[path.parent.name] = report
    return {**found, "grades.csv": (out / "grades.csv").read_text(), "gradebook": (out / "gradebook.json").read_text()}


def graded(tiny: Course, source: Path, out: Path, sandbox: Any) -> None:
    """What `grader grade` does, in a sandbox that is there."""
    class_plan = plan_class(tiny.context.assignment.folder, source, out, Asked())
    make_results(out)
    pages = Pages(partial(student_pages, out), partial(settle_class, out))
    with ThreadPoolExecutor(2) as pool:
        grade_class(Session(sandbox, tiny.context), class_plan, out, pool, pages=pages, listener=NOBODY)
    settle_class(out)


@pytest.mark.long
def test_three_layouts_give_three_hundred_students_the_same_grades(tiny: Course, best: Sandbox, tmp_path: Path) -> None:
    """Moodle's, Canvas's and a plain folder: 300 reports each, the score that is due for each, none lost."""
    due = {id: (WORK[number % len(WORK)][1], "GRADED") for number, id in enumerate(students(tiny, STUDENTS))}
    made = students(tiny, STUDENTS)
    recorded = RecordedSandbox(best)
    for layout in (lms_downloads.plain, lms_downloads.moodle, lms_downloads.canvas):
        out = tmp_path / f"out-{layout.__name__}"
        graded(tiny, layout(made, tmp_path / layout.__name__), out, recorded)
        reports, pages = out.glob("students/*/report.json"), out.glob("students/*/report.html")
        assert len(list(reports)) == len(list(pages)) == STUDENTS
        assert grades(out) == due, layout.__name__
    assert recorded.run < STUDENTS < recorded.replayed


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_run_that_is_killed_again_and_again_ends_like_one_that_is_not(
    tiny: Course, best: Sandbox, tmp_path: Path
) -> None:
    """SIGKILL at 20 random moments: at most what was under way is lost, and the end is the same."""
    source = lms_downloads.plain(students(tiny, 60), tmp_path / "in")
    whole, out = tmp_path / "whole", tmp_path / "out"
    subprocess.run(command(tiny, source, whole, best.level), capture_output=True, check=True)
    moments = random.Random(6)
    kept = 0
    for _ in range(KILLS):
        grading = subprocess.Popen(command(tiny, source, out, best.level), stdout=subprocess.DEVNULL)
        _wait(grading, out, kept + moments.randrange(4))  # then some moment between two reports
        time.sleep(moments.random() * 0.2)
        grading.send_signal(signal.SIGKILL)
        grading.wait()
        assert _reports(out) >= kept
        kept = _reports(out)
    done = subprocess.run(command(tiny, source, out, best.level), capture_output=True, text=True, check=True)
    assert done.stdout.count("(kept)") >= kept - 2 > 0
    assert timeless(out) == timeless(whole)
    assert not (out / UNPACKED).exists()
    leftovers = [path.name for path in out.rglob(".*")]
    assert len(leftovers) <= KILLS, leftovers  # half-written files of a killed run are hidden, and never read


@pytest.mark.long
def test_memory_does_not_grow_with_the_class(tiny: Course, best: Sandbox, tmp_path: Path) -> None:
    """Between the 10th and the 300th submission the trusted process keeps its size, give or take 24 MiB."""
    entries = plan(lms_downloads.plain(students(tiny, STUDENTS), tmp_path / "in")).entries
    sizes: list[int] = []

    def done(report: Report, kept: bool) -> None:
        sizes.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))

    run_batch(tiny.context, entries, best, tmp_path / "out", jobs=2, listener=BatchListener(done=done))
    assert len(sizes) == STUDENTS
    assert max(sizes[10:]) - sizes[10] < 24 << 20, [size >> 20 for size in sizes[10::20]]


def _wait(grading: subprocess.Popen[bytes], out: Path, reports: int) -> None:
    assert eventually(lambda: _reports(out) >= reports or grading.poll() is not None, seconds=60)


def _reports(out: Path) -> int:
    return len(list(out.glob("students/*/report.json")))
