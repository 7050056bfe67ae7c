"""A run over a class in which nothing has changed: found out without torch, and exactly."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import lms_downloads
import pytest
from tiny_course import Course, square

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.assignment.assignment import load_assignment
from grader.core.errors import SandboxError, UsageError
from grader.core.limits import Level
from grader.grading import unchanged
from grader.grading.batch import NOBODY
from grader.grading.class_plan import Asked, ClassPlan, plan_class, record_class
from grader.grading.class_run import grade_class
from grader.grading.context import prepare
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule
from grader.grading.session import Session
from grader.grading.unchanged import Origin, keep_unchanged
from grader.pages.write import settle_class, write_student_page
from grader.results.decisions import MARKS, read_decisions
from grader.results.folder import HALF, read_report, save_half
from grader.results.history import HISTORY
from grader.results.lock import LOCK
from grader.results.made import MADE
from grader.results.manual import asked, import_sheet
from grader.results.report import Illustrations
from grader.submissions.fingerprint import fingerprint
from grader.submissions.intake import plan

ANSWER = "essay = 'Be *cause*.'"
RERUN = """
import sys
import grader.sandbox.warm_process as warm
def refuse(*_):
    raise AssertionError("a warm process is started")
warm.WarmProcess.__init__ = refuse
from grader.cli.app import main
try:
    main()
finally:
    print("torch is imported:", "torch" in sys.modules)
"""


class Run:
    """A course with a class of its own: one who is right, one who is not, and three with nothing to run."""

    def __init__(self, course: Path, reference: dict[str, bytes], sandbox: RecordedSandbox) -> None:
        self.home, self.reference = course / "assignments/tiny", reference
        self.source, self.out = course / "in", course / "out"
        self.sandbox = sandbox
        right = {f"hw/{name}": content for name, content in reference.items()}
        answered = {"hw/words.py": right["hw/words.py"].replace(b'essay = "Because."', ANSWER.encode())}
        lms_downloads.put(self.source / "ada", {**right, **answered})
        lms_downloads.put(self.source / "bob", {**right, "hw/maths.py": square("return -x").encode()})
        lms_downloads.put(self.source / "no id!", right)
        (self.source / "empty").mkdir()
        lms_downloads.put(self.source / "linked", right)
        (self.source / "linked/hw/words.py").unlink()
        (self.source / "linked/hw/words.py").symlink_to("/etc/passwd")

    def plan(self) -> ClassPlan:
        """What to do, before anything is kept."""
        return plan_class(self.home, [self.source], self.out, Asked())

    def keep(self, level: Level | None = None, device: str = "cpu") -> set[str]:
        """What must be graded after a run has kept what it could."""
        whole = self.plan()
        page = partial(write_student_page, self.out, whole.record, decisions=read_decisions(self.out))
        rest = keep_unchanged(whole, self.out, Origin.of(self.home, level or self.sandbox.level, device), page)
        return {each.id for each in rest.entries} | {each.name for each in rest.aside}

    def grade(self, rerun: RerunRule = RUN_WHAT_CHANGED) -> None:
        """Grade all of the class, as a run in which nothing is kept beforehand."""
        self.out.mkdir(exist_ok=True)
        class_plan, assignment = self.plan(), load_assignment(self.home)
        record_class(class_plan, self.out)
        page = partial(write_student_page, self.out, class_plan.record, decisions=read_decisions(self.out))
        session = Session(self.sandbox, prepare(assignment, assignment.checks))  # type: ignore[arg-type]
        whole = partial(settle_class, self.out)
        with ThreadPoolExecutor(2) as pool:
            grade_class(session, class_plan, self.out, pool, page=page, whole=whole, listener=NOBODY, rerun=rerun)
        settle_class(self.out)

    def files(self) -> dict[str, bytes]:
        """All that is in the results, but who wrote there last and which runs there were."""
        found = (path for path in self.out.rglob("*") if path.is_file() and path.name not in (LOCK, HISTORY))
        return {str(path.relative_to(self.out)): path.read_bytes() for path in found}


@pytest.fixture
def run(tiny: Course, tiny_copy: Path, recorded: RecordedSandbox) -> Run:
    """A class that is graded."""
    made = Run(tiny_copy, dict(tiny.reference), recorded)
    made.grade()
    return made


ALL = {"ada", "bob", "empty", "linked", "no id!"}


def test_nothing_is_left_and_no_byte_changes(run: Run) -> None:
    """Of those who are graded, set aside, unreadable or empty; and what goes the whole way comes out the same."""
    before = run.files()
    assert run.keep() == set()
    settle_class(run.out)
    assert run.files() == before
    run.grade()
    assert run.files() == before


def test_the_command_starts_no_warm_process_and_imports_no_torch(run: Run) -> None:
    """Of a class in which every report is kept; the gradebook and all pages are those of the whole way."""
    before = run.files()
    arguments = ["grade", str(run.home), str(run.source), "--out", str(run.out), "--sandbox", run.sandbox.level.value]
    done = subprocess.run([sys.executable, "-c", RERUN, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept: 4 submissions" in done.stdout
    assert "torch is imported: False" in done.stdout
    assert run.files() == before


def rewrite(place: str, old: str, new: str) -> Callable[[Run], None]:
    """A change of a file of the course."""

    def change(run: Run) -> None:
        path = run.home.parents[1] / place
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


def touch(place: str) -> Callable[[Run], object]:
    """A new file of the course."""
    return lambda run: lms_downloads.put(run.home.parents[1], {place: b"x = 1\n"})


def spoil(run: Run) -> None:
    """Other expected values."""
    path = next((run.home / "expected").glob("greets*"))
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    "change",
    [
        rewrite("assignments/tiny/checks.py", "import", "# A remark.\nimport"),
        rewrite("assignments/tiny/hidden_checks.py", "import", "# A remark.\nimport"),
        rewrite("assignments/tiny/assignment.toml", "import_seconds = 2", "import_seconds = 3"),
        rewrite("assignments/tiny/assignment.toml", "A reason.", "A good reason."),
        rewrite("solutions/tiny/hw/words.py", 'essay = "Bec', '# A remark.\nessay = "Bec'),
        touch("assignments/tiny/data/more.safetensors"),
        lambda run: (run.home / "hw/__init__.py").write_text("y = 2\n"),
        spoil,
    ],
    ids=["checks", "hidden checks", "limits", "rubric", "reference", "data", "provided file", "expected values"],
)
def test_a_change_in_the_assignment_sends_everybody_the_whole_way(run: Run, change: Callable[[Run], object]) -> None:
    """Whether it changes a verdict is for the keys to say."""
    change(run)
    assert run.keep() == ALL


def test_another_level_device_grader_or_torch_does_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed is known by names and versions, grader by its files."""
    assert run.keep(level=next(level for level in Level if level is not run.sandbox.level)) == ALL
    assert run.keep(device="cuda") == ALL
    assert run.keep() == set()
    with monkeypatch.context() as other:
        other.setattr(unchanged, "installed", lambda: "another torch")
        assert run.keep() == ALL
    monkeypatch.setattr(unchanged, "own_digest", lambda: "another grader")
    assert run.keep() == ALL


@pytest.mark.parametrize(
    "change",
    [
        lambda home: (home / "hw/maths.py").write_bytes((home / "hw/maths.py").read_bytes() + b"\n"),
        lambda home: (home / "hw/more.py").touch(),
        lambda home: (home / "hw/words.py").unlink(),
        lambda home: (home / "hw").rename(home / "HW"),
        lambda home: (home / "notes.txt").touch(),
        lambda home: (home / "notes.txt").symlink_to("hw/maths.py"),
        lambda home: (home / "notes.zip").write_bytes(lms_downloads.packed({"a": b"1"})),
    ],
    ids=["a byte", "a file", "a file less", "another name", "what is not read", "a link", "a zip"],
)
def test_a_change_in_a_submission_sends_it_the_whole_way(run: Run, change: Callable[[Path], object]) -> None:
    """And nobody else."""
    change(run.source / "ada")
    assert run.keep() == {"ada"}


def test_what_was_empty_or_could_not_be_read_is_looked_at_again(run: Run) -> None:
    """A file for one who had none, the link taken out, the id corrected."""
    lms_downloads.put(run.source / "empty", {"hw/maths.py": b""})
    (run.source / "linked/hw/words.py").unlink()
    (run.source / "no id!").rename(run.source / "id")
    assert run.keep() == {"empty", "linked", "id"}


def damage(name: str, content: Callable[[bytes], bytes]) -> Callable[[Run], None]:
    """A file in the results of one submission that somebody has changed."""

    def change(run: Run) -> None:
        path = run.out / "students/ada" / name
        path.write_bytes(content(path.read_bytes()))

    return change


def other_origin(content: bytes) -> bytes:
    """A report that was made from something else."""
    return json.dumps({**json.loads(content), "made_from": "0" * 64}).encode()


def half(run: Run) -> None:
    """A run that was ended between the phases."""
    report = read_report(run.out, "ada")
    assert report
    save_half(run.out, report, Illustrations())
    assert (run.out / "students/ada" / HALF).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda run: (run.out / "students/ada/report.json").unlink(),
        damage("report.json", other_origin),
        lambda run: (run.out / "students/ada/shown.json").unlink(),
        damage("shown.json", lambda content: content.replace(b'"failed": false', b'"failed": true')),
        half,
    ],
    ids=["no report", "another origin", "no answers", "answers not rendered", "half"],
)
def test_a_record_that_is_not_whole_means_the_whole_way(run: Run, change: Callable[[Run], object]) -> None:
    """And nobody else's."""
    change(run)
    assert run.keep() == {"ada"}
    run.grade()
    assert run.keep() == set()


@pytest.mark.parametrize(
    "change",
    [
        damage("report.json", lambda content: content[:100]),
        damage("report.json", lambda content: content.replace(b'"made_from"', b'"made_of"')),
        damage("report.json", lambda content: content.replace(b'"submission": "ada"', b'"submission": "bob"')),
        damage("shown.json", lambda content: content[:20]),
    ],
    ids=["cut", "other keys", "another's", "answers cut"],
)
def test_a_damaged_record_is_told_as_it_always_is(run: Run, change: Callable[[Run], None]) -> None:
    """It is never taken for one that is there."""
    change(run)
    with pytest.raises(UsageError, match="students/ada/"):
        run.keep()


def test_what_a_partial_run_leaves_old_is_not_taken_for_done(run: Run) -> None:
    """`--check` keeps the other verdicts as they were, whatever has changed in them."""
    rewrite("assignments/tiny/assignment.toml", "import_seconds = 2", "import_seconds = 3")(run)
    run.grade(RerunRule(checks=["greets"]))
    assert run.keep() == {"ada", "bob"}
    run.grade()
    assert run.keep() == set()


def test_an_unfinished_report_is_never_kept(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own failure, in running or in reading."""
    for path in run.out.glob("students/*/report.json"):
        path.unlink()

    def fails(*_: object, **__: object) -> None:
        raise SandboxError("ours")

    monkeypatch.setattr(run.sandbox, "place", fails)
    run.grade()
    assert run.keep() == {"ada", "bob"}


def test_points_by_hand_reach_the_page_of_what_is_kept(run: Run) -> None:
    """So do other words on lateness; a page that is gone, or was changed, is made anew."""
    pages = {name: run.out / f"students/{name}/report.html" for name in ("ada", "bob")}
    before = {name: page.read_bytes() for name, page in pages.items()}
    assert b"<em>cause</em>" in before["ada"]
    (run.home / "sheet.csv").write_text("id,question,points,comment\nada,essay,1,well said\n")
    ada = read_report(run.out, "ada")
    assert ada
    import_sheet(run.home / "sheet.csv", asked([ada]), run.out, "tina")
    assert run.keep() == set()
    assert b"well said" in pages["ada"].read_bytes()
    shutil.rmtree(run.out / MARKS)
    pages["bob"].write_text("somebody else's")
    assert run.keep() == set()
    assert {name: page.read_bytes() for name, page in pages.items()} == before
    pages["ada"].unlink()
    (run.out / MADE / "students/bob/report.html").write_text("{")
    assert run.keep() == set()
    assert {name: page.read_bytes() for name, page in pages.items()} == before


def test_a_rerun_renews_only_the_page_of_who_submitted_again(run: Run) -> None:
    """All go the whole way; the other pages are not touched."""
    pages = [run.out / "index.html", *run.out.glob("students/*/report.html")]
    for page in pages:
        os.utime(page, (0, 0))
    (run.source / "bob/hw/maths.py").write_bytes(run.reference["maths.py"])
    run.grade()
    renewed = {page.relative_to(run.out).as_posix() for page in pages if page.stat().st_mtime}
    assert renewed == {"index.html", "students/bob/report.html"}


@pytest.mark.parametrize("name", ["grades.csv", "gradebook.json", "statistics.json", "index.html"])
def test_the_class_is_written_anew_where_anything_has_changed(run: Run, name: str) -> None:
    """A report, a file that is gone, one that was changed."""
    path = run.out / name
    before = path.read_bytes()
    path.unlink()
    settle_class(run.out)
    assert path.read_bytes() == before
    path.write_bytes(before[:-5])
    settle_class(run.out)
    assert path.read_bytes() == before
    (run.out / "students/bob/report.json").unlink()
    settle_class(run.out)
    assert path.read_bytes() != before


def test_a_submission_in_a_zip_is_known_by_its_bytes(tiny: Course, tmp_path: Path) -> None:
    """In one zip of the class, in a zip of its own, and where what a zip holds cannot be told."""
    manifest = tiny.context.assignment.manifest
    files = {f"hw/{name}": content for name, content in tiny.reference.items()}
    other = {**files, "hw/maths.py": b"x = 1\n"}

    def prints(mine: dict[str, bytes], name: str) -> list[str | None]:
        home = tmp_path / name
        lms_downloads.put(home / "own", {"ada.zip": lms_downloads.packed(mine), "bob.zip": lms_downloads.packed(files)})
        lms_downloads.put(home / "class", {f"ada/{path}": content for path, content in mine.items()})
        lms_downloads.put(home / "class", {f"bob/{path}": content for path, content in files.items()})
        zipped = lms_downloads.zip_of(home / "class", home / "class.zip")
        return [fingerprint(each, manifest) for source in (home / "own", zipped) for each in plan(source).entries]

    first, again, changed = prints(files, "one"), prints(files, "two"), prints(other, "three")
    assert None not in first
    assert first == again
    assert [a == b for a, b in zip(first, changed, strict=True)] == [False, True, False, True]
    broken = tmp_path / "one/class.zip"
    broken.write_bytes(broken.read_bytes().replace(tiny.reference["maths.py"][:20], b"x" * 20))
    broken.write_bytes(broken.read_bytes()[:40] + b"\xff" * 40 + broken.read_bytes()[80:])
    assert None in [fingerprint(each, manifest) for each in plan(broken).entries]
