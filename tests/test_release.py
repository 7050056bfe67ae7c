"""A release has what students need and nothing that they must not get, and works where it is unpacked."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tiny_course import Course, with_stubs, write_assignment
from wrong_solutions import ROOT

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import (
    Expected,
    check_digest,
    load_expected,
    path_of,
    read,
    reference_digest,
    reference_folder,
    write,
)
from grader.assignment.manifest import Manifest, read_manifest
from grader.assignment.student_files import write_student_files
from grader.authoring.new import write_scaffold
from grader.checks.loading import own_checks
from grader.cli.check import notes
from grader.core.errors import AuthorError
from grader.grading.regenerate import regenerate
from grader.grading.session import Checks, Session
from grader.releasing.contents import students_files
from grader.releasing.leaks import Secrets, refuse_leaks, secrets_of
from grader.releasing.manifest_text import GIVEN, as_toml
from grader.releasing.own_wheel import WHEELS, own_wheel
from grader.releasing.release import Release, release_of, try_release
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

NAMES = ["cnn", "residual_gradients", "skip_connections", "training_tricks", "vanishing_gradients"]
RUBRIC = "A good reason is that no column outweighs the others."
SOLUTION = """
def total(values):
    # BEGIN SOLUTION: add them up
    result = 0.0
    for position, value in enumerate(values):
        result = result + position * value
    return result / max(len(values), 1)
    # END SOLUTION
"""


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in a folder."""
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


def grader(*arguments: str, folder: Path, python: str | Path = sys.executable) -> subprocess.CompletedProcess[str]:
    """The command as a student starts it."""
    return run(python, "-m", "grader", *arguments, folder=folder)


def unzipped(release: Release, folder: Path) -> Path:
    """The one folder in its zip."""
    with zipfile.ZipFile(io.BytesIO(release.zipped())) as archive:
        archive.extractall(folder)
    (home,) = folder.iterdir()
    return home


@pytest.fixture
def home(tiny: Course, tmp_path: Path) -> Path:
    """A copy of the tiny assignment with its students' files, whose rubric and solution are worth looking for."""
    home = with_stubs(tiny, tmp_path)
    manifest = home / "assignment.toml"
    manifest.write_text(manifest.read_text().replace("A reason.", RUBRIC))
    return home


def assert_works(release: Release, home: Path, solved: Path, python: Path) -> None:
    """What students begin with earns nothing there; with the files of the folder `solved`, all points, as by pytest."""
    begun = grader("check", "--json", folder=home, python=python)
    assert begun.returncode == 1, begun.stderr
    report = json.loads(begun.stdout)
    assert (report["points"], report["max_points"]) == ("0", str(release.points))
    for path in solved.rglob("*"):
        if path.suffix in (".py", ".ipynb"):
            shutil.copy(path, home / path.relative_to(solved))
    done = grader("check", "--json", folder=home, python=python)
    assert (done.returncode, json.loads(done.stdout)["points"]) == (0, str(release.points)), done.stdout
    tests = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=home)
    assert tests.returncode == 0, tests.stdout
    assert f"{len(report['verdicts'])} passed" in tests.stdout


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == NAMES[-1] else pytest.mark.long) for name in NAMES]
)
def test_a_release_works_where_it_is_unpacked(name: str, tmp_path: Path) -> None:
    """The same bytes twice; the students' files earn nothing, the solved ones all points, here and by pytest."""
    assignment = load_assignment(ROOT / "assignments" / name)
    release = release_of(assignment)
    assert release.zipped() == release_of(assignment).zipped()
    assert_works(release, unzipped(release, tmp_path), ROOT / "solutions" / name, Path(sys.executable))


def written(form: str, folder: Path, sandbox: Sandbox) -> Assignment:
    """What `grader new`, `grader stubs` and `grader regenerate` make."""
    write_scaffold("means", form, folder)
    home = folder / "assignments/means"
    write_student_files(folder / "solutions/means", home, read_manifest(home))
    results = regenerate(load_assignment(home), sandbox, jobs=2, done=lambda name: None)
    assert not [warning for each in results for warning in each.warnings]
    return load_assignment(home)


@pytest.mark.long
@pytest.mark.parametrize("form", ["loose", "notebook"])
def test_what_new_writes_can_be_released(form: str, tmp_path: Path, best: Sandbox) -> None:
    """Loose modules too: what a student unpacks is "not attempted yet", and solved by the reference's files."""
    release = release_of(written(form, tmp_path, best))
    assert try_release(release, best).points == 0
    names = {name for name in release.files if name.endswith((".py", ".ipynb"))}
    submitted = {"loose": {"layers.py", "network.py"}, "notebook": {"means.ipynb"}}[form]
    assert names == {"checks.py", *submitted}
    home = unzipped(release, tmp_path / "there")
    for name in submitted:
        shutil.copy(tmp_path / "solutions/means" / name, home)
    session = Session.of(best, load_assignment(home), checks=Checks.PUBLIC)
    assert session.grade(read_submission(home, session.assignment.manifest, id="you")).points == release.points


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Gives the Python of an environment made as a release's README says; one for all whose files ask for the same."""
    made: dict[tuple[bytes, ...], Path] = {}

    def give(home: Path) -> Path:
        asked = tuple(path.read_bytes() for path in (*sorted(home.glob("*.txt")), *home.glob(WHEELS)))
        if asked not in made:
            environment = tmp_path_factory.mktemp("fresh") / ".venv"
            assert run(sys.executable, "-m", "venv", environment, folder=home).returncode == 0
            done = run(environment / "bin/pip", "install", "-r", "requirements.txt", folder=home)
            assert done.returncode == 0, done.stderr
            made[asked] = environment / "bin/python"
        return made[asked]

    return give


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.skipif("GRADER_FRESH" not in os.environ, reason="downloads torch; GRADER_FRESH=1 runs it")
@pytest.mark.parametrize("name", [*NAMES, "loose"])
def test_a_fresh_environment_is_made_from_its_requirements(
    name: str, fresh: Callable[[Path], Path], tmp_path: Path, best: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing that is installed here, in a folder outside the repository.

    Where the index of the requirements file is not to be reached, who runs this may give pip another by its variables,
    such as PIP_NO_INDEX and PIP_FIND_LINKS; the file stays as students get it.
    """
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assignment = load_assignment(ROOT / "assignments" / name) if name in NAMES else written(name, tmp_path, best)
    release = release_of(assignment)
    home = unzipped(release, tmp_path / "there")
    python = fresh(home)
    where = run(python, "-c", "import grader, torch; print(grader.__file__, torch.__file__)", folder=tmp_path)
    assert where.stdout.count(f"{python.parent.parent}/lib/") == 2, where.stdout + where.stderr
    solved = reference_folder(assignment)
    assert solved
    assert_works(release, home, solved, python)


def test_the_files_are_those_of_a_list(home: Path) -> None:
    """No hidden check, no secret, no rubric, no answer; whatever else lies in the folder stays there."""
    for stray in ("notes.txt", "hw/maths_old.py", "hw/__pycache__/maths.pyc", "data/of_nobody.safetensors"):
        (home / stray).parent.mkdir(exist_ok=True)
        (home / stray).write_text("mine")
    release = release_of(load_assignment(home))
    public = ("squares", "greets", "essay_written")
    assert set(release.files) == {
        "assignment.toml", "checks.py", "constraints.txt", "handout.json", "requirements.txt", own_wheel().name,
        "hw/__init__.py", "hw/maths.py", "hw/words.py", *(f"expected/{name}.safetensors" for name in public),
    }  # fmt: skip
    manifest = tomllib.loads(release.files["assignment.toml"].decode())
    assert manifest["release"].pop("provided").keys() == {"hw/__init__.py"}
    assert manifest["release"] == {"version": 1, "checks": [*public]}
    assert manifest["questions"][0]["rubric"] == [{"points": 1, "text": "Graded by hand."}]
    assert not {"reference", "assets"} & manifest.keys()
    release.write(home.parent / "released")
    values = read(home.parent / "released/expected/essay_written.safetensors").values
    assert values == {None: {"essay": ""}}


def test_names_that_a_check_withholds_are_not_given_out(tmp_path: Path) -> None:
    """Nor is the check that cannot be judged without them; what students have is as it was made for."""
    release = release_of(load_assignment(ROOT / "assignments/skip_connections"))
    (note,) = release.notes
    assert note.startswith("skips_make_depth_trainable is left out: it cannot be judged without held_labels")
    assert not any("skips_make_depth_trainable" in name or name.startswith("data/") for name in release.files)
    assert b"](figures/gradients.svg)" in release.files["README.md"] and "figures/gradients.svg" in release.files
    released = load_assignment(unzipped(release, tmp_path))
    assert {*load_expected(released, released.checks)} == {check.name for check in released.checks}


DATA_CHECKS = '''
@check(points=1, seconds=9, data="points", withhold=["labels"], expect=[close("total")])
def sums(hw, data):
    """The numbers are added up."""
    return {"total": hw.mine.scores(data["inputs"]).sum()}


@check(points=1, seconds=9, data="points", withhold=["labels"], expect=[accuracy("scores")])
def learns(hw, data):
    """The points are told apart."""
    return {"scores": hw.mine.scores(data["inputs"])}
'''


def test_data_without_what_is_withheld_fits_its_checks(tmp_path: Path) -> None:
    """Students' files are up to date: the digests are those of the smaller file."""
    reference = {"mine.py": "def scores(x):\n    # BEGIN SOLUTION\n    return x\n    # END SOLUTION\n"}
    home = write_assignment(tmp_path, DATA_CHECKS, reference=reference)
    (home / "data").mkdir()
    save_file({"inputs": torch.eye(2), "labels": torch.arange(2)}, home / "data/points.safetensors")
    assignment = load_assignment(home)
    write_student_files(tmp_path / "solutions/scratch", home, assignment.manifest)
    for check, values in zip(assignment.checks, ({"total": torch.tensor(2.0)}, {"scores": torch.eye(2)}), strict=True):
        digests = check_digest(assignment, check), reference_digest(assignment) or ""
        write(path_of(assignment, check), Expected({None: values}, *digests, {}, {}))
    release = release_of(assignment)
    released = load_assignment(unzipped(release, tmp_path / "there"))
    assert release.notes[0].startswith("learns is left out: it cannot be judged without labels")
    assert load_file(released.folder / "data/points.safetensors").keys() == {"inputs"}
    assert [check.name for check in released.checks] == ["sums"]
    assert {*load_expected(released, released.checks)} == {"sums"}


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("README.md", "See also squares_of_a_matrix.", "names the hidden check squares_of_a_matrix"),
        (
            "checks.py",
            f"\n# {RUBRIC.replace(' that', chr(10) + '# that')}\n",
            "has the rubric of the question essay in it",
        ),
        ("README.md", SOLUTION.replace("    ", "> ").upper(), "has the solution of hw/maths.py:"),
    ],
)
def test_what_students_must_not_get_is_found(home: Path, file: str, text: str, told: str) -> None:
    """In any file of the release, however its lines are broken; then there is none."""
    solution = home.parent.parent / "solutions/tiny/hw/maths.py"
    solution.write_text(solution.read_text() + SOLUTION)
    (home / "hw/maths.py").write_text((home / "hw/maths.py").read_text() + SOLUTION.split("    # BEGIN")[0]
                                      + '    raise NotImplementedError("add them up")\n')  # fmt: skip
    with (home / file).open("a") as opened:
        opened.write(text)
    with pytest.raises(AuthorError, match=f"{file}: {told}"):
        refuse_leaks(students_files(load_assignment(home), [], {}, {}).items(), secrets_of(load_assignment(home)))


@given(st.sampled_from(["\n", "\n    ", '",\n    "', "\\n", "\\\\n", " "]), st.booleans())
def test_neither_line_breaks_nor_escapes_hide_a_text(between: str, escaped: bool) -> None:
    """As in a notebook's JSON, in a comment, in the header of a tensor file."""
    text = 'no "column" outweighs\tthe others; 7 é כל העמודות'
    written = between.join(text.split(" "))
    content = (json.dumps(written) if escaped else written).encode()
    assert [*Secrets(texts={text: "it"}).found_in(b"# " + content)] == ["has it in it; take that out"]
    assert not [*Secrets(texts={text: "it"}).found_in(content.replace(b"others", b"rest"))]


def test_stubs_that_the_reference_does_not_give_are_not_released(home: Path) -> None:
    """They may be the solution, or lack what was added since."""
    (home / "hw/maths.py").write_text("def square(x):\n    return x * x\n")
    with pytest.raises(AuthorError, match=r"hw/maths\.py: not what the reference gives; run `grader stubs"):
        release_of(load_assignment(home))


def test_it_is_tried_before_it_is_written(home: Path, best: Sandbox) -> None:
    """What students begin with earns nothing and the reference everything, or its author is told."""
    release = release_of(load_assignment(home))
    assert try_release(release, best).points == 0
    given = {**release.files, "hw/words.py": b'essay = ""\ndef greet(name):\n    return f"Hello, {name}!"\n'}
    asked = release.files["checks.py"].replace(b'equal("greeting")', b'answered("greeting", "Hello, Ada!")')
    for files, told in (
        (
            given,
            ["students' files: greets gets PASSED, 1 of 1 points; mark what it tests as solution in the reference"],
        ),
        ({**release.files, "checks.py": asked}, ["reference: greets gets NOT_ATTEMPTED"]),
    ):
        with pytest.raises(AuthorError) as caught:
            try_release(replace(release, files=files), best)
        assert [problem[: len(line)] for problem, line in zip(caught.value.problems, told, strict=True)] == told


def test_a_check_of_a_students_own_does_not_stop_the_rest(home: Path, tmp_path: Path) -> None:
    """It is not of the release; one that is missing or changed is told, with what a student can do."""
    there = unzipped(release_of(load_assignment(home)), tmp_path / "there")
    checks = there / "checks.py"
    released = checks.read_text()
    checks.write_text(released + '\n\n@check(expect=[equal("x")])\ndef mine(hw):\n    return {"x": 1}\n')
    loaded = load_assignment(there)
    assert {*load_expected(loaded, loaded.checks)} == {"squares", "greets", "essay_written"}
    assert own_checks(there, loaded.manifest.release.checks or []) == ["mine"]
    checks.write_text(released.replace("def greets", "def greeted"))
    with pytest.raises(AuthorError, match=r"checks\.py: there is no check greets; unpack the release again"):
        load_assignment(there)
    checks.write_text(released.replace('greet("Ada")', 'greet("Eve")'))
    with pytest.raises(AuthorError, match=r"greets: its expected values are stale, .*; unpack the release again"):
        load_expected(load_assignment(there), load_assignment(there).checks)


def test_what_a_student_should_know_of_their_folder_is_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provided file that is another, a newer release that was seen here; a damaged memory is told, and stays."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    old = unzipped(release_of(load_assignment(home)), tmp_path / "old")
    manifest = home / "assignment.toml"
    manifest.write_text(manifest.read_text() + "[release]\nversion = 2\n")
    new = unzipped(release_of(load_assignment(home)), tmp_path / "new")
    assert [*notes(load_assignment(old))] == [*notes(load_assignment(new))] == [*notes(load_assignment(new))] == []
    newer = f"this is version 1, and version 2 was seen in {new}; work there"
    assert [*notes(load_assignment(old))] == [newer]
    (old / "hw/__init__.py").write_text("import torch\n")
    edited = "hw/__init__.py is not as it was given out: what you submit is run with the course's own"
    assert [*notes(load_assignment(old))] == [edited, newer]
    seen = tmp_path / "state/grader/releases.json"
    seen.write_text(damaged := '{"A tiny')
    (told,) = notes(load_assignment(new))
    assert told == f"{seen}: damaged, so nobody knows whether there is a newer release of this folder; delete it"
    assert seen.read_text() == damaged


@pytest.mark.process
def test_the_command_tells_what_it_wrote_and_previews_the_first_run(home: Path, tmp_path: Path) -> None:
    """Without a place to write to and without a preview there is nothing to do."""
    done = grader("release", str(home), "--out", "tiny.zip", "--preview", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "expected/squares.safetensors" in done.stdout and "Total: 0 of 4 points" in done.stdout
    assert "wrote tiny.zip: version 1, 12 files, 4 points" in done.stdout
    assert zipfile.is_zipfile(tmp_path / "tiny.zip")
    idle = grader("release", str(home), folder=tmp_path)
    assert (idle.returncode, idle.stderr) == (2, "grader release: nothing to do; add --out NAME.zip, or --preview\n")


def test_every_key_of_an_assignment_is_given_or_kept_on_purpose() -> None:
    """A new one is in neither list, and this test says so."""
    written_anew = {"questions", "release"}
    kept = {"assets", "reference", "claimable_percent", "draw_again_seconds"}
    assert Manifest.model_fields.keys() == GIVEN | written_anew | kept


texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | texts
keys = texts.filter(bool)
rows = st.dictionaries(keys, plain | st.lists(plain), max_size=3)


@given(st.dictionaries(keys, plain | st.lists(plain) | rows | st.lists(rows, min_size=1)))
def test_toml_reads_back_as_it_was_written(table: dict[str, object]) -> None:
    """Whatever the texts and keys are; moments too."""
    table = {**table, "deadline": datetime(2026, 11, 15, 23, 59, tzinfo=UTC)}
    assert tomllib.loads(as_toml(table)) == table
