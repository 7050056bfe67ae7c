"""Whole classes: however they were downloaded and whatever ends the grader midway, everybody gets what is due."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import lms_downloads
import pytest
from tiny_course import Course, eventually, run_batch, square

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.grading.batch import NOBODY, BatchListener
from grader.grading.class_plan import Asked, make_results, plan_class, record_class
from grader.grading.class_run import grade_class
from grader.grading.session import Session
from grader.pages.write import settle_class, write_student_page
from grader.results.decisions import Decisions
from grader.results.folder import HALF, UNPACKED
from grader.results.made import MADE
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan

STUDENTS = 300
CLASS = 60
KILLS = 12
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
    class_plan = plan_class(tiny.context.assignment.folder, [source], out, Asked())
    make_results(out)
    record_class(class_plan, out)
    page, whole = partial(write_student_page, out, class_plan.record, decisions=Decisions()), partial(settle_class, out)
    with ThreadPoolExecutor(2) as pool:
        grade_class(Session(sandbox, tiny.context), class_plan, out, pool, page=page, whole=whole, listener=NOBODY)
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
    """SIGKILL at 12 moments, in both phases and between them: the end is the same, and only work under way is lost."""
    made = students(tiny, CLASS)
    for files in made.values():  # time enough to see that a hidden check has begun before it is over
        slow = b"    __import__('time').sleep(0.5 * (x.dim() == 2)); return"
        files["hw/maths.py"] = files["hw/maths.py"].replace(b"    return", slow)
    source = lms_downloads.plain(made, tmp_path / "in")
    whole, out = tmp_path / "whole", tmp_path / "out"
    subprocess.run(command(tiny, source, whole, best.level), capture_output=True, check=True)
    moments = random.Random(6)
    halves = kept = 0
    killed_in: Counter[str] = Counter()
    for kill in range(KILLS):
        grading = subprocess.Popen(command(tiny, source, out, best.level), stdout=subprocess.DEVNULL)
        if kill < KILLS // 3:
            _wait(grading, out, halves + moments.randrange(8), 0)
        elif kill < KILLS // 2:  # the last public half is there; or the next run begins, and looks what there is
            _wait(grading, out, CLASS, 0)
            time.sleep(moments.random() * 6 * (halves == CLASS))
        else:
            _wait(grading, out, CLASS, kept + moments.randrange(4))
        time.sleep(moments.random() * 0.2 * (halves < CLASS or kept > 0))  # then some moment between two
        grading.send_signal(signal.SIGKILL)
        grading.wait()
        before, (halves, kept) = (halves, kept), _finished(out)
        assert before <= (halves, kept)
        killed_in["public" if halves < CLASS else "hidden" if kept else "between"] += 1
    assert min(killed_in["public"], killed_in["between"], killed_in["hidden"]) >= 2, killed_in
    done = subprocess.run(command(tiny, source, out, best.level), capture_output=True, text=True, check=True)
    told = re.search(r"kept: ([0-9]+) submissions", done.stdout)
    assert told and int(told[1]) >= kept - 2 > 0
    assert timeless(out) == timeless(whole)
    assert not (out / UNPACKED).exists()
    leftovers = [path.name for path in out.rglob(".*") if path.name != MADE]
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


def _wait(grading: subprocess.Popen[bytes], out: Path, halves: int, reports: int) -> None:
    def reached() -> bool:
        public, whole = _finished(out)
        return (public >= halves and whole >= reports) or grading.poll() is not None

    assert eventually(reached, seconds=120)


def _finished(out: Path) -> tuple[int, int]:
    """How many submissions have the public half of their report, and how many the whole."""
    whole, halves = ({path.parent for path in out.glob(f"students/*/{name}")} for name in ("report.json", HALF))
    return len(whole | halves), len(whole)
