"""The files of a folder in which an assignment can be graded, from an allow-list: for students, or for staff.

assignment.toml       without rubrics, and with neither assets nor reference elsewhere: all is in this folder
checks.py             the public checks
README.md             with the pictures that it and the notebook show; those from elsewhere are in figures/
hw/...  x.ipynb       the students' files, and what is provided
handout.json          for students: their code once more, so that what is untouched is told from what is wrong
expected/             the values of the checks, without anybody's answers to written questions
data/                 what the checks need: for students without the names that each check withholds
torch_grader-*.whl, constraints.txt, requirements.txt
                      this grader, and how to install it with what is here
For staff only: hidden_checks.py, their values and data, and the folder secret/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from safetensors.torch import load_file, save
from torch import Tensor

from grader.assignment.assignment import Assignment
from grader.assignment.confirmed import CONFIRMED
from grader.assignment.expected import Expected, check_digest, encoded, path_of
from grader.assignment.handout import RECORD, handout_files, record_of
from grader.assignment.manifest import MANIFEST
from grader.checks.checks import FILES, Check
from grader.checks.seeds import plain_name
from grader.core.errors import AuthorError
from grader.core.observation import Values
from grader.files.notebooks import CELLS, code_of, read_notebook
from grader.releasing.manifest_text import students_manifest
from grader.releasing.own_wheel import installation

README = "README.md"
FIGURES = "figures"
PICTURE = re.compile(r"[\w./-]+\.(?:svg|png|jpe?g|gif|webp)\b")


def students_files(
    assignment: Assignment, checks: Sequence[Check], expected: Mapping[str, Expected], made: Mapping[str, bytes]
) -> dict[str, bytes]:
    """What students get with these checks; `made` are their files, where those in the folder are not to be taken."""
    files = _shared(assignment, made)
    names = [check.name for check in checks]
    files[MANIFEST] = students_manifest(assignment.manifest, names, assignment.provided)
    data = {check.data: _students_data(assignment, checks, check.data) for check in checks if check.data}
    files |= {f"data/{name}.safetensors": content for name, content in data.items()}
    for check in checks:
        values = _students_values(assignment, check, expected[check.name], data.get(check.data or ""))
        files[f"expected/{check.name}.safetensors"] = values
    if given := _given_out(assignment, files):
        files[RECORD] = record_of(given)
    return dict(sorted(files.items()))


def staff_files(assignment: Assignment, twins: Sequence[Check]) -> dict[str, bytes]:
    """The same for a machine of the staff's: with all checks, whole, and the secret seeds of `twins`."""
    files = _shared(assignment, {}) | assignment.check_files()
    files[MANIFEST] = students_manifest(assignment.manifest, None, {})
    paths = {file for check in assignment.checks if (file := assignment.data_file(check))}
    paths |= {path_of(assignment, check) for check in (*assignment.checks, *twins)}
    paths |= {confirmed for path in paths if (confirmed := path.with_name(CONFIRMED)).is_file()}
    return files | {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(paths)}


def _shared(assignment: Assignment, made: Mapping[str, bytes]) -> dict[str, bytes]:
    """What everybody gets."""
    home = assignment.folder
    given = [path for path in (*handout_files(home, assignment.manifest).values(), home / README) if path.is_file()]
    files = {path.relative_to(home).as_posix(): path.read_bytes() for path in given}
    files |= {FILES[0]: assignment.check_files()[FILES[0]], **assignment.provided, **made}
    return _with_pictures(home, files) | installation(assignment.manifest.requires)


def _given_out(assignment: Assignment, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What students will write in, as a submission of it all would have it: modules, other files, a notebook's code."""
    manifest = assignment.manifest
    places = {name: str(PurePosixPath(manifest.package, name)) for name in manifest.files}
    given = {name: files[place] for name, place in places.items() if place in files}
    notebook = files.get(manifest.notebook or "")
    return given if notebook is None else {**given, CELLS: code_of(read_notebook(notebook))}


def _with_pictures(home: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with the pictures that texts show; a link that leads out of the folder leads to a copy in it."""
    found = dict(files)
    for name, content in files.items():
        if name.endswith((".md", ".ipynb")):
            text = content.decode(errors="surrogateescape")
            for link in sorted({*PICTURE.findall(text)}):
                path = home / link
                if link.startswith("/") or not path.is_file():
                    continue
                place = f"{FIGURES}/{path.name}" if ".." in path.parts else path.relative_to(home).as_posix()
                text = text.replace(link, place)
                if found.setdefault(place, picture := path.read_bytes()) != picture:
                    raise AuthorError([f"{home / name}: another picture has the name of {link}; rename one"])
            found[name] = text.encode(errors="surrogateescape")
    return found


def students_given(assignment: Assignment, checks: Sequence[Check], name: str) -> dict[str, Tensor]:
    """The tensors of a data file that at least one of these checks gives to student code."""
    using = [check for check in checks if check.data == name]
    whole = load_file(assignment.data_file(using[0]) or "")
    return {key: tensor for key, tensor in whole.items() if any(key not in check.withhold for check in using)}


def _students_data(assignment: Assignment, checks: Sequence[Check], name: str) -> bytes:
    file = assignment.data_file(next(check for check in checks if check.data == name))
    assert file
    content, given = file.read_bytes(), students_given(assignment, checks, name)
    return content if given.keys() == load_file(file).keys() else save(dict(sorted(given.items())))


def _students_values(assignment: Assignment, check: Check, saved: Expected, data: bytes | None) -> bytes:
    digest = check_digest(assignment, check, data)
    values = {case: without_answers(assignment, check, named) for case, named in saved.values.items()}
    return encoded(replace(saved, values=values, digest=digest))


def without_answers(assignment: Assignment, check: Check, values: Values) -> Values:
    """The expected values of a case without the reference's texts for written questions."""
    questions = {question.id for question in assignment.manifest.questions}
    return {
        name: "" if isinstance(value, str) and plain_name(name, check.seeds) in questions else value
        for name, value in values.items()
    }
