"""The judged files as a folder, for programs that look for similar submissions.

out/base/            what students started from
out/students/<id>/   what each submitted, as it was judged; of a notebook its cells, as one Python file
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader.core.errors import UsageError
from grader.files.notebooks import CELLS, UnreadableNotebook, as_script, code_of, read_notebook
from grader.files.zips import name_problem
from grader.results.folder import folder_of, read_class, reports
from grader.results.judged import read_file
from grader.results.report import State

NOTEBOOK = "notebook.py"
BESIDE = "notebook (cells).py"  # where a module has that name: no submitted file has parentheses in its own


def write_judged(results: Path, target: Path) -> dict[str, State]:
    """Write the folder `target`, whole or not at all; return whose files are not in it, as there are none.

    Raises `UsageError` where it is there already, or a file that was judged is not.
    """
    if target.exists():
        raise UsageError(f"{target}: is there already; move it away, or name another with --out")
    graded = read_class(results)
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    without: dict[str, State] = {}
    try:
        _write(results, graded.handout, made / "base")
        for report in reports(results, graded):
            if report.files:
                # A name in a download may be a path; that of the student's folder is not.
                _write(results, report.files, made / "students" / folder_of(results, report.submission_id).name)
            else:
                without[report.submission_id] = report.state
        made.chmod(0o755)
        made.rename(target)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return without


def _write(results: Path, files: Mapping[str, str], home: Path) -> None:
    home.mkdir(parents=True)
    for path, digest in files.items():
        if problem := name_problem(path):
            raise UsageError(f"{results}: {path!a} cannot be the name of a judged file: {problem}")
        name, content = _as_python(path, read_file(results, digest))
        place = home / (BESIDE if name != path and name in files else name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            file.write(content)


def _as_python(path: str, content: bytes) -> tuple[str, bytes]:
    """The name and the content of a file with code that other programs can read."""
    if path.endswith(".ipynb"):
        try:
            path, content = CELLS, code_of(read_notebook(content))
        except UnreadableNotebook as problem:
            raise UsageError(f"{path}: {problem}") from None
    return (NOTEBOOK, as_script(content).encode(errors="backslashreplace")) if path == CELLS else (path, content)
