"""A bundle grades where Gradescope puts it, from what is in it alone, and never turns our failure into a zero."""

import importlib.metadata
import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from tiny_course import Course, square

from grader.assignment.assignment import load_assignment
from grader.assignment.expected import load_expected
from grader.core.errors import AuthorError, UsageError
from grader.core.limits import Level
from grader.core.version import VERSION
from grader.exports.gradescope import FAILED
from grader.integrations.bundle import bundle_gradescope
from grader.integrations.gradescope_autograder import main
from grader.releasing.own_wheel import _with_extra, _without_extra, constraints, own_wheel
from grader.sandbox.levels import best_level

LATE = "\n[late]\ndeadline = 2026-11-30T23:59:00+01:00\npercent_per_day = 50\n"
METADATA = {
    "id": 123456,
    "created_at": "2026-11-30T22:58:00.365935+00:00",
    "assignment": {"id": 1, "title": "Tiny", "total_points": "6.0", "due_date": "2026-11-30T22:59:00Z"},
    "submission_method": "upload",
    "users": [{"email": "ada@uni.edu", "id": 7, "name": "Ada =1+1"}],
    "previous_submissions": [],
}


@dataclass(frozen=True)
class Layout:
    """A folder laid out as Gradescope's /autograder, in which setup has been done."""

    root: Path

    def submit(self, files: Mapping[str, bytes]) -> None:
        """Replace the submission."""
        shutil.rmtree(self.root / "submission", ignore_errors=True)
        for name, content in files.items():
            path = self.root / "submission" / "hw" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def run_here(self, metadata: object = METADATA) -> dict[str, Any]:
        """What the grader of this process leaves in results.json."""
        (self.root / "submission_metadata.json").write_text(json.dumps(metadata))
        main(self.root)
        read: dict[str, Any] = json.loads((self.root / "results/results.json").read_bytes())
        return read

    def run(self, metadata: object = METADATA, **environment: str) -> tuple[dict[str, Any], str]:
        """What run_autograder left in results.json, and what it printed."""
        shutil.rmtree(self.root / "results", ignore_errors=True)
        (self.root / "submission_metadata.json").write_text(json.dumps(metadata))
        done = subprocess.run(
            [self.root / "source" / "run_autograder"],
            env={"PATH": os.environ["PATH"], "GRADER_AUTOGRADER_ROOT": str(self.root)} | environment,
            cwd=self.root, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert [path.name for path in (self.root / "results").iterdir()] == ["results.json"]
        read: dict[str, Any] = json.loads((self.root / "results/results.json").read_bytes())
        return read, done.stdout + done.stderr


def unpacked(archive: Path, folder: Path) -> None:
    """As unzip does it, with the modes in the archive."""
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            path = Path(opened.extract(entry, folder))
            path.chmod(entry.external_attr >> 16 & 0o777)


@pytest.fixture(scope="module")
def made(tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the tiny course, with a deadline."""
    folder = Path(shutil.copytree(tiny.folder, tmp_path_factory.mktemp("bundled") / "course"))
    home = folder / "assignments" / "tiny"
    manifest = home / "assignment.toml"
    manifest.write_text(manifest.read_text().replace("[[questions]]", f"{LATE}\n[[questions]]", 1))
    bundle_gradescope(home, folder / "autograder.zip")
    return folder / "autograder.zip"


@pytest.fixture(scope="module")
def container(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What setup.sh leaves behind, made of the bundle's own wheel and, without a network, this machine's torch."""
    root = tmp_path_factory.mktemp("autograder")
    unpacked(made, root / "source")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "venv"], check=True)
    (site,) = (root / "venv" / "lib").glob("python*/site-packages")
    (site / "torch_of_this_machine.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    (wheel,) = (root / "source/course").glob("torch_grader-*.whl")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(pip, check=True)
    return root


@pytest.fixture
def layout(container: Path, tiny: Course, tmp_path: Path) -> Layout:
    """A container of one's own with the reference submitted; the interpreter is shared."""
    root = tmp_path / "autograder"
    shutil.copytree(container / "source", root / "source")
    (root / "venv").symlink_to(container / "venv")
    laid_out = Layout(root)
    laid_out.submit(tiny.reference)
    return laid_out


def test_the_zip_is_as_gradescope_wants_it(made: Path) -> None:
    """Both scripts at its root and executable; expected values in it, and nothing of the solution."""
    with zipfile.ZipFile(made) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert {name for name, mode in modes.items() if mode & 0o111} == {"setup.sh", "run_autograder"}
    inside = {"constraints.txt", "requirements.txt", "hidden_checks.py", "expected/squares.safetensors"}
    assert {"settings.json", *(f"course/{name}" for name in inside)} <= {*modes}
    assert not [name for name in modes if "solution" in name or "__pycache__" in name or name.startswith("/")]


def test_assets_from_elsewhere_lie_beside_the_assignment(tiny_copy: Path) -> None:
    """So nothing outside of it is looked for; the stubs are in it, to know what nobody has touched."""
    home = tiny_copy / "assignments" / "tiny"
    (home / "hw/maths.py").write_text("def square(x): ...\n")
    (tiny_copy / "assets").mkdir()
    (home / "expected").rename(tiny_copy / "assets/expected")
    manifest = home / "assignment.toml"
    manifest.write_text('assets = "../../assets"\n' + manifest.read_text())
    bundle_gradescope(home, tiny_copy / "a.zip")
    unpacked(tiny_copy / "a.zip", tiny_copy / "source")
    course = load_assignment(tiny_copy / "source/course")
    assert {*load_expected(course, course.checks)} == {check.name for check in course.checks}
    assert (course.folder / "hw/maths.py").is_file() and course.manifest.reference is None
    settings = json.loads((tiny_copy / "source/settings.json").read_text())
    assert settings == {"assignment": "course", "lowest": "restricted"}


def test_stale_expected_values_are_told_when_the_bundle_is_made(tiny_copy: Path) -> None:
    """Not by a failed autograder on the evening of the deadline."""
    (tiny_copy / "assignments/tiny/expected/squares.safetensors").unlink()
    with pytest.raises(AuthorError, match="no expected values"):
        bundle_gradescope(tiny_copy / "assignments/tiny", tiny_copy / "a.zip")
    assert not (tiny_copy / "a.zip").exists()


def test_what_the_assignment_requires_is_installed_there(tiny_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the names and the versions of the packages that bring the modules here; Python's own need none."""
    (tiny_copy / "of_nobody.py").touch()
    monkeypatch.syspath_prepend(tiny_copy)
    home = tiny_copy / "assignments" / "tiny"
    manifest = home / "assignment.toml"
    text = manifest.read_text()
    manifest.write_text('requires = ["jinja2", "json", "of_nobody"]\n' + text)
    with pytest.raises(UsageError, match="requires of_nobody: no installed package brings it"):
        bundle_gradescope(home, tiny_copy / "a.zip")
    manifest.write_text('requires = ["jinja2", "json"]\n' + text)
    bundle_gradescope(home, tiny_copy / "a.zip")
    with zipfile.ZipFile(tiny_copy / "a.zip") as archive:
        version = importlib.metadata.version("jinja2")
        assert archive.read("course/requirements.txt").decode().lower().endswith(f"]\njinja2=={version}\n")


def test_scripts_are_scripts(container: Path) -> None:
    """A shell can read both."""
    for name in ("setup.sh", "run_autograder"):
        script = container / "source" / name
        assert script.read_text().startswith("#!/usr/bin/env bash\n")
        subprocess.run(["bash", "-n", script], check=True)


def test_setup_installs_where_the_wheel_lies(container: Path, tmp_path: Path) -> None:
    """The requirements name it as a neighbour, with all that grading needs; the versions are those of this machine."""
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").write_text('#!/bin/sh\npwd\necho "$@"\n')
    (tmp_path / "venv/bin/python").chmod(0o755)
    (tmp_path / "source").symlink_to(container / "source")
    script = (container / "source/setup.sh").read_text()
    install = f"set -euo pipefail\nroot={tmp_path}\n" + script[script.index('cd "$root') :]
    done = subprocess.run(["bash", "-c", install], capture_output=True, text=True, check=True)
    place, asked = done.stdout.splitlines()
    assert place == f"{tmp_path}/source/course" and asked.endswith("-r requirements.txt")
    lines = (container / "source/course/requirements.txt").read_text().splitlines()
    assert lines[-2:] == ["-c constraints.txt", f"./{own_wheel().name}[figures,mark,notebook,pytest,vision]"]
    assert (container / "source/course" / own_wheel().name).is_file()


def test_the_wheel_is_this_grader_with_its_dependencies(tmp_path: Path) -> None:
    """Every file of the package and nothing that was compiled; what pyproject.toml asks for it asks for."""
    wheel = own_wheel()
    assert wheel.name == f"torch_grader-{VERSION}-py3-none-any.whl"
    assert own_wheel() == wheel
    with zipfile.ZipFile(io.BytesIO(wheel.content)) as archive:
        archive.extractall(tmp_path)
    (described,) = importlib.metadata.distributions(path=[str(tmp_path)])
    needed = [Requirement(each) for each in described.requires or []]
    plain = {each.name for each in needed if not each.marker or each.marker.evaluate({"extra": ""})}
    notebook = {each.name for each in needed if each.marker and each.marker.evaluate({"extra": "notebook"})}
    assert {"torch", "numpy", "typer"} <= plain and not plain & {"torchvision", "matplotlib", "nbconvert", "pytest"}
    assert {"nbformat", "nbconvert", "nh3"} <= notebook
    (staff,) = (each for each in needed if each.name == described.name)
    assert staff.extras == {"vision", "figures", "notebook", "mark", "pytest"}
    assert (described.name, described.version) == ("torch-grader", VERSION)
    pins = constraints().decode().split()
    named = {pin.partition("==")[0] for pin in pins}
    assert {"torch", "torchvision", "nbconvert", "pytest"} <= named and all("==" in pin for pin in pins)
    assert not named & {"torch-grader", "ruff"}


@pytest.mark.parametrize("requirement", ["torch>=2.6", "nh3", "a; python_version < '4'", "b[c,d]>=1; os_name == 'x'"])
@pytest.mark.parametrize("extra", ["", "staff"])
def test_what_a_wheel_asks_for_is_read_from_an_installed_one(requirement: str, extra: str) -> None:
    """An installed grader makes the same wheel as a checkout: an extra's condition is put in and taken out again."""
    read, found = _without_extra(_with_extra(requirement, extra))
    assert found == extra
    assert str(Requirement(read).marker) == str(Requirement(requirement).marker)
    assert Requirement(read).specifier == Requirement(requirement).specifier


@pytest.mark.slow
def test_a_right_submission_has_full_marks_and_the_sandbox_is_said(layout: Layout) -> None:
    """From the bundle alone; hidden checks are tests that nobody sees."""
    read, said = layout.run()
    assert read["score"] == 6, said
    assert f"Sandbox: {best_level()[0]}" in read["output"]
    assert {test["name"]: test["visibility"] for test in read["tests"] if test["visibility"] == "hidden"}
    assert sum(test["max_score"] for test in read["tests"]) == 6


@pytest.mark.long
def test_a_wrong_and_late_submission_has_what_it_earned(layout: Layout, tiny: Course) -> None:
    """Late by Gradescope's own clock; a submission that forges results.json forges nothing."""
    forger = square(f"""
        import pathlib
        pathlib.Path({str(layout.root / "results" / "results.json")!r}).write_text('{{"score": 100}}')
        return x
    """)
    layout.submit({**tiny.reference, "maths.py": forger.encode()})
    in_time = layout.run_here()
    late = layout.run_here({**METADATA, "created_at": "2026-12-01T10:00:00-00:30"})
    assert 0 < in_time["score"] < 6
    assert late["score"] == in_time["score"] / 2
    assert "1 day late: 50 percent" in late["output"]


@pytest.mark.long
@pytest.mark.parametrize("metadata", [{}, {"users": [{"email": "../../x"}], "created_at": "2026-11-30T00:00:00"}])
def test_odd_metadata_is_not_a_reason_not_to_grade(
    layout: Layout, metadata: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who it is does not matter to the checks; that nobody knows when is said to the staff."""
    assert layout.run_here(metadata)["score"] == 6
    assert "not known" in capsys.readouterr().out


def fails_to_settle(root: Path) -> None:
    """The bundle is damaged."""
    (root / "source/settings.json").write_text("{")


def loses_expected_values(root: Path) -> None:
    """Part of the bundle is gone."""
    (root / "source/course/expected/squares.safetensors").unlink()


def lacks_a_module(root: Path) -> None:
    """The image was made before the assignment required it."""
    manifest = root / "source/course/assignment.toml"
    manifest.write_text('requires = ["module_of_nobody"]\n' + manifest.read_text())


def has_a_broken_check(root: Path) -> None:
    """The author's mistake is not the student's."""
    (root / "source/course/checks.py").write_text("raise RuntimeError('ours')\n")


@pytest.mark.parametrize("breaks", [fails_to_settle, loses_expected_values, lacks_a_module, has_a_broken_check])
def test_our_failure_is_neither_a_score_nor_a_zero(
    layout: Layout, breaks: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """results.json is there, says so, and has neither score nor tests; the staff read why."""
    breaks(layout.root)
    read = layout.run_here()
    assert read["output"] == FAILED
    assert not {"score", "tests"} & read.keys()
    said = capsys.readouterr().out
    assert any(words in said for words in ("; make the bundle again", "checks.py", "requires module_of_nobody"))


def test_results_are_there_even_where_python_is_not(layout: Layout) -> None:
    """setup.sh did not finish: the script itself has said so before it starts anything."""
    (layout.root / "venv").unlink()
    read, said = layout.run()
    assert read["output"] == FAILED
    assert not {"score", "tests"} & read.keys()
    assert "venv/bin/python" in said


@pytest.mark.long
def test_too_weak_a_sandbox_gives_no_score_unless_the_bundle_allows_it(layout: Layout, tmp_path: Path) -> None:
    """Where bubblewrap is forbidden the level is lower, and which one it is stands in the output."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "env", "mkdir", "cat", "rm", "chmod", "ldconfig", "gcc", "ld"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    (tools / "bwrap").write_text("#!/bin/sh\necho 'bwrap: not in this container' >&2; exit 1\n")
    (tools / "bwrap").chmod(0o755)
    settings = layout.root / "source/settings.json"
    about = json.loads(settings.read_text())
    settings.write_text(json.dumps(about | {"lowest": Level.ISOLATED}))
    read, said = layout.run(PATH=str(tools))
    assert not {"score", "tests"} & read.keys()
    assert "bubblewrap: not in this container" in read["output"]
    assert "requires at least isolated" in said
    settings.write_text(json.dumps(about | {"lowest": Level.SEPARATE}))
    read, _ = layout.run(PATH=str(tools))
    assert read["score"] == 6
    assert "Sandbox: restricted." in read["output"] or "Sandbox: separate; it stops no attack." in read["output"]
