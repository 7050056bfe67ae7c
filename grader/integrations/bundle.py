"""What other people's graders need to run ours: an autograder for Gradescope, a workflow for GitHub Classroom.

The autograder's zip, unpacked by Gradescope to /autograder/source:

setup.sh  run_autograder        at the root, where Gradescope looks for them
settings.json                   which folder is the assignment, and the lowest sandbox level that will do
course/...                      the assignment with hidden checks, expected values, data, stubs and, unless the lowest
                                level is `separate`, secret seeds with their values; never the solution
torch_grader-*.whl              this grader
constraints.txt                 the versions that it runs with here
requirements.txt                what brings the modules that the assignment requires
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import load_expected, path_of
from grader.assignment.handout import handout_files
from grader.assignment.manifest import MANIFEST
from grader.assignment.twins import refuse_seeds, seeds_of, twins_of
from grader.checks.checks import Check
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.text import counted
from grader.files.atomic import write_whole
from grader.integrations.own_wheel import WHEELS, bringing, constraints, own_wheel, zipped

TEMPLATES = Path(__file__).parent / "templates"
COURSE = "course"
SETTINGS = "settings.json"
EXECUTABLE = frozenset({"setup.sh", "run_autograder"})
WORKFLOW = ".github/workflows/classroom.yml"


def bundle_gradescope(folder: Path, target: Path, *, lowest: Level = Level.RESTRICTED) -> tuple[str, ...]:
    """Write the autograder's zip for the assignment in `folder`; return the names in it.

    Where Gradescope's container cannot give the sandbox level `lowest`, nobody gets a score and the output says so:
    below `restricted` student code can forge its results, so SEPARATE must be asked for. Raises `AuthorError`
    where the assignment or its expected values have problems, `UsageError` where what it requires is not here, or a
    secret seed is anywhere but in the folder `secret`.
    """
    assignment = load_assignment(folder)
    twins = twins_of(assignment)
    load_expected(assignment, (*assignment.checks, *twins))
    # Where student code may read the container's files, secret seeds are left out.
    inside, course = _course(assignment, () if lowest is Level.SEPARATE else twins)
    wheel = own_wheel()
    files = {
        "setup.sh": (TEMPLATES / "gradescope_setup.sh").read_bytes(),
        "run_autograder": (TEMPLATES / "gradescope_run_autograder").read_bytes(),
        SETTINGS: json.dumps({"assignment": inside, "lowest": lowest}, indent=1).encode() + b"\n",
        wheel.name: wheel.content,
        "constraints.txt": constraints(),
        "requirements.txt": bringing(assignment.manifest.requires),
        **course,
    }
    write_whole(target, zipped(files, EXECUTABLE))
    return tuple(files)


def bundle_github(folder: Path, target: Path) -> tuple[Path, ...]:
    """Write the workflow, and this grader for it to install, into the repository that students start from.

    It runs `github_classroom`, so the students' files of the assignment in `folder` are somewhere in the repository:
    assignment.toml, public checks and their expected values. Raises `UsageError` where they are not, or where there is
    another workflow of that name, or where a secret seed is in any file there; `AuthorError` where they are not in
    order.
    """
    if not target.is_dir():
        raise UsageError(f"{target}: no such folder; name the repository that students start from")
    workflow = _workflow(folder.name, target, _students_files(folder.name, target))
    there = target / WORKFLOW
    if there.exists() and not there.read_bytes().startswith(workflow[: workflow.index(b"\n")]):
        raise UsageError(f"{there}: another workflow exists already; move it away first")
    found = (path for path in target.rglob("*") if path.is_file() and ".git" not in path.parts)
    refuse_seeds(((str(path), path.read_bytes()) for path in found), seeds_of(load_assignment(folder)))
    wheel = own_wheel()
    for pattern in (WHEELS, "grader-*.whl"):  # the workflow installs any file of this name, as it was before
        for old in (target / ".github/grader").glob(pattern):
            old.unlink()
    files = {
        WORKFLOW: workflow,
        f".github/grader/{wheel.name}": wheel.content,
        ".github/grader/constraints.txt": constraints(),
    }
    for name, content in files.items():
        write_whole(target / name, content)
    return tuple(target / name for name in files)


def _students_files(name: str, repository: Path) -> Path:
    """The folder with the students' files of the assignment called `name`: the only one, or the one of that name."""
    found = sorted(path.parent for path in repository.rglob(MANIFEST))
    found = [home for home in found if home.name == name] if len(found) > 1 else found
    if len(found) != 1:
        wanted = f"{MANIFEST}, public checks, expected values"
        raise UsageError(f"{repository}: the students' files of {name} are not there ({wanted}); copy them in first")
    return found[0]


def _workflow(name: str, repository: Path, home: Path) -> bytes:
    """The workflow for the assignment called `name`, whose students' files are in the folder `home`."""
    students = load_assignment(home)
    load_expected(students, students.public)
    points = sum(check.points for check in students.public)
    step = f"Public checks of {name}: {counted(points, 'point')}"
    text = (TEMPLATES / "classroom.yml").read_text()
    return (
        text.replace("NAME", json.dumps(step))
        .replace("FOLDER", json.dumps(home.relative_to(repository).as_posix()))
        .encode()
    )


def _course(assignment: Assignment, twins: Sequence[Check]) -> tuple[str, Mapping[str, bytes]]:
    """The assignment's folder within the zip, and its files: laid out as here, so that no path in them changes."""
    home = assignment.folder.resolve()
    assets = assignment.expected_folder.parent.resolve()
    top = Path(os.path.commonpath([home, assets]))
    inside = f"{COURSE}/{home.relative_to(top).as_posix()}".removesuffix("/.")
    own = {MANIFEST: (home / MANIFEST).read_bytes(), **assignment.check_files(), **assignment.provided_files()}
    given = [path for path in handout_files(home, assignment.manifest) if path.is_file()]
    own |= {path.relative_to(home).as_posix(): path.read_bytes() for path in given}
    files = {f"{inside}/{name}": content for name, content in own.items()}
    paths = [path for check in assignment.checks for path in (path_of(assignment, check), assignment.data_file(check))]
    files |= {_inside(path, top): path.read_bytes() for path in paths if path}
    refuse_seeds(files.items(), seeds_of(assignment))
    secret = [path_of(assignment, twin) for twin in twins]
    return inside, files | {_inside(path, top): path.read_bytes() for path in secret}


def _inside(path: Path, top: Path) -> str:
    return f"{COURSE}/{path.resolve().relative_to(top).as_posix()}"
