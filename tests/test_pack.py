"""`grader pack`: what a student submits, and that it is read back as it was."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from scratch_notebook import notebook

from grader.assignment.manifest import read_manifest
from grader.cli.app import app
from grader.core.errors import UsageError
from grader.submissions.intake import plan
from grader.submissions.reading import read_submission

STUB = "def f():\n    raise NotImplementedError('write it')\n"
PACKAGE: dict[str, Any] = {
    "assignment.toml": 'form = "package"\npackage = "hw"\nfiles = ["a.py", "deep/b.py"]\nprovided = ["hw/__init__.py"]',
    "checks.py": "",
    "hw/__init__.py": "",
    "hw/a.py": "from . import mine\n",
    "hw/deep/b.py": "class B:\n    def g(self):\n        raise NotImplementedError\n",
    "hw/mine.py": "x = 1\n",
    "hw/vocab.json": "{}",
    "hw/.venv/lib/x.py": "",
    "hw/__pycache__/a.pyc": "",
    "notes.txt": "",
}
LOOSE: dict[str, Any] = {
    "assignment.toml": 'form = "package"\npackage = "."\nfiles = ["a.py", "report.md"]\nprovided = ["helpers.py"]',
    "checks.py": "",
    "helpers.py": "",
    "expected/a.safetensors": "",
    "a.py": STUB,
    "report.md": "# Report\n",
}
NOTEBOOK: dict[str, Any] = {
    "assignment.toml": 'form = "notebook"\npackage = "hw"\nnotebook = "work.ipynb"\n'
    '[[questions]]\nid = "why"\ntitle = "Why"\nprompt = "Why?"\nrubric = [{ points = 1, text = "So." }]',
    "checks.py": "",
    "work.ipynb": notebook("x = 1", STUB).decode(),
    "picture.png": "",
}
MIXED: dict[str, Any] = {
    "assignment.toml": 'form = "package"\npackage = "hw"\nfiles = ["a.py"]\nnotebook = "work.ipynb"',
    "checks.py": "",
    "hw/a.py": STUB,
    "work.ipynb": notebook("x = 1").decode(),
}
KINDS: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "package": (PACKAGE, ["hw/a.py", "hw/deep/b.py", "hw/mine.py", "hw/vocab.json"], ["hw/deep/b.py:2: g"]),
    "loose": (LOOSE, ["a.py", "report.md"], ["a.py:1: f"]),
    "notebook": (NOTEBOOK, ["work.ipynb"], ["cell 2:1: f", "the answer why"]),
    "mixed": (MIXED, ["hw/a.py", "work.ipynb"], ["hw/a.py:1: f"]),
}


def _lay_out(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'title = "T"\n{content}\n' if name == "assignment.toml" else content)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_packed_is_read_back_as_it_was(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exactly the files that count; what is not written yet is told; the same files are the same zip."""
    files, names, unwritten = KINDS[kind]
    home = _lay_out(tmp_path / "course", files)
    monkeypatch.chdir(home)
    target = tmp_path / "class/ada/mine.zip"
    app(["pack", "--out", str(target)], standalone_mode=False)
    said = capsys.readouterr().out
    assert [line.split(": ", 1)[1] for line in said.splitlines() if line.startswith("not written yet")] == unwritten
    assert zipfile.ZipFile(target).namelist() == names
    app(["pack"], standalone_mode=False)
    assert (home / "course.zip").read_bytes() == target.read_bytes()
    manifest = read_manifest(home)
    before = read_submission(home, manifest, id="ada")
    (entry,) = plan(tmp_path / "class", manifest=manifest).entries
    (tmp_path / "work").mkdir()
    back = entry.read(manifest, tmp_path / "work")
    assert (back.id, back.problem, back.missing, back.answers) == ("ada", None, (), before.answers)
    provided = {"__init__.py", "helpers.py"}
    assert back.files == {name: content for name, content in before.files.items() if name not in provided}
    assert not any("left aside" in note for note in back.notes)


@pytest.mark.parametrize(
    ("kind", "gone", "said"),
    [
        ("package", ["hw/a.py", "hw/deep/b.py"], "`hw` has none of a.py, deep/b.py; found "),
        ("package", ["hw/deep/b.py"], "hw/deep/b.py: not there, and asked for; nothing was packed"),
        ("loose", ["report.md"], "report.md: not there, and asked for; nothing was packed"),
        ("notebook", ["work.ipynb"], "there is no `work.ipynb`; found "),
    ],
)
def test_what_is_missing_is_listed_and_nothing_written(kind: str, gone: list[str], said: str, tmp_path: Path) -> None:
    """One sentence."""
    home = _lay_out(tmp_path / "course", KINDS[kind][0])
    for name in gone:
        (home / name).unlink()
    with pytest.raises(UsageError) as refused:
        app(["pack", str(home)], standalone_mode=False)
    assert said in str(refused.value)
    assert not (home / "course.zip").exists()
