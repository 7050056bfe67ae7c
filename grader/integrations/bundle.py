"""What other people's graders need to run ours: an autograder for Gradescope, a repository for GitHub Classroom.

The autograder's zip, unpacked by Gradescope to /autograder/source:

setup.sh  run_autograder        at the root, where Gradescope looks for them
settings.json                   which folder is the assignment, and the lowest sandbox level that will do
course/...                      all that grading needs (see `releasing.contents`), with hidden checks and, unless the
                                lowest level is `separate`, secret seeds with their values; never the solution
"""

from __future__ import annotations

import json
from pathlib import Path

from grader.assignment.assignment import load_assignment
from grader.assignment.expected import load_expected
from grader.assignment.twins import twins_of
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.text import counted
from grader.files.atomic import write_whole
from grader.files.packing import zipped
from grader.releasing.contents import staff_files
from grader.releasing.leaks import refuse_leaks, secrets_of, seeds_alone
from grader.releasing.own_wheel import WHEELS
from grader.releasing.release import Release

TEMPLATES = Path(__file__).parent / "templates"
COURSE = "course"
SETTINGS = "settings.json"
EXECUTABLE = frozenset({"setup.sh", "run_autograder"})
WORKFLOW = ".github/workflows/classroom.yml"


def bundle_gradescope(folder: Path, target: Path, *, lowest: Level = Level.RESTRICTED) -> tuple[str, ...]:
    """Write the autograder's zip for the assignment in `folder`; return the names in it.

    Where Gradescope's container cannot give the sandbox level `lowest`, nobody gets a score and the output says so:
    below `restricted` student code can forge its results, so SEPARATE must be asked for. Raises `AuthorError`
    where the assignment or its expected values have problems, or a secret seed is anywhere but in the folder `secret`;
    `UsageError` where what it requires is not here.
    """
    assignment = load_assignment(folder)
    twins = twins_of(assignment)
    load_expected(assignment, (*assignment.checks, *twins))
    # Where student code may read the container's files, secret seeds are left out.
    course = staff_files(assignment, () if lowest is Level.SEPARATE else twins)
    refuse_leaks((each for each in course.items() if not each[0].startswith("secret/")), seeds_alone(assignment))
    files = {
        "setup.sh": (TEMPLATES / "gradescope_setup.sh").read_bytes(),
        "run_autograder": (TEMPLATES / "gradescope_run_autograder").read_bytes(),
        SETTINGS: json.dumps({"assignment": COURSE, "lowest": lowest}, indent=1).encode() + b"\n",
        **{f"{COURSE}/{name}": content for name, content in course.items()},
    }
    write_whole(target, zipped(files, EXECUTABLE))
    return tuple(files)


def bundle_github(release: Release, target: Path) -> tuple[Path, ...]:
    """Write a release, and the workflow that grades it, into the repository that students start from.

    What an earlier one has written is replaced. Raises `UsageError` where there is no such folder, or another file has
    the name of one of these; `AuthorError` where a file in the repository has a secret in it.
    """
    if not target.is_dir():
        raise UsageError(f"{target}: no such folder; name the repository that students start from")
    workflow = _workflow(release)
    files = {**release.files, WORKFLOW: workflow}
    in_the_way = [name for name in files if (target / name).exists()]
    if in_the_way and not _starts_alike(target / WORKFLOW, workflow):
        raise UsageError(f"{target / in_the_way[0]}: another file exists already; move it away first")
    there = (path for path in target.rglob("*") if path.is_file() and ".git" not in path.parts)
    refuse_leaks(((str(path), path.read_bytes()) for path in there), secrets_of(release.assignment))
    for old in (*target.glob(WHEELS), *(target / "expected").glob("*.safetensors")):  # of what there is no more
        old.unlink()
    for name, content in files.items():
        write_whole(target / name, content)
    return tuple(target / name for name in files)


def _starts_alike(path: Path, content: bytes) -> bool:
    """Whether a file has the first line of this content, which says who wrote it."""
    return path.is_file() and path.read_bytes().startswith(content.partition(b"\n")[0])


def _workflow(release: Release) -> bytes:
    step = f"Public checks of {release.assignment.name}: {counted(release.points, 'point')}"
    return (TEMPLATES / "classroom.yml").read_text().replace("NAME", json.dumps(step)).encode()
