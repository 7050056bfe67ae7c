"""A class made of what an assignment has: its reference, its untouched stub, and its known wrong solutions.

`python tests/make_class.py NAME FOLDER [MOST]` writes one folder per submission below FOLDER, for `grader grade NAME
FOLDER`, with at most MOST of the wrong solutions.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON_ONLY = shutil.ignore_patterns("__pycache__", "*.toml", "*.md", "*.pyc")


def make_class(name: str, target: Path, most: int | None = None) -> list[str]:
    """The names of the submissions written, in order."""
    solution = ROOT / "solutions" / name
    shutil.rmtree(target, ignore_errors=True)
    if notebooks := list(solution.glob("*.ipynb")):
        return _of_notebooks(notebooks[0], ROOT / "assignments" / name, target, most)
    shutil.copytree(solution / "hw", target / "reference" / "hw", ignore=PYTHON_ONLY)
    shutil.copytree(ROOT / "assignments" / name / "hw", target / "untouched_stub" / "hw", ignore=PYTHON_ONLY)
    for wrong in sorted((solution / "wrong").glob("*/hw"))[:most]:
        shutil.copytree(solution / "hw", target / wrong.parent.name / "hw", ignore=PYTHON_ONLY)
        shutil.copytree(wrong, target / wrong.parent.name / "hw", ignore=PYTHON_ONLY, dirs_exist_ok=True)
    return sorted(path.name for path in target.iterdir())


def _of_notebooks(reference: Path, assignment: Path, target: Path, most: int | None) -> list[str]:
    """A wrong solution is the reference with one cell more."""
    right = json.loads(reference.read_text(encoding="utf-8"))
    made = {"reference": right, "untouched_stub": json.loads((assignment / reference.name).read_text(encoding="utf-8"))}
    for cell in sorted(reference.parent.glob("wrong/*/cell.py"))[:most]:
        code: dict[str, Any] = {"cell_type": "code", "id": "wrong", "metadata": {}, "outputs": []}
        code |= {"execution_count": None, "source": cell.read_text(encoding="utf-8")}
        made[cell.parent.name] = {**right, "cells": [*right["cells"], code]}
    for name, notebook in made.items():
        (target / name).mkdir(parents=True)
        (target / name / reference.name).write_text(json.dumps(notebook), encoding="utf-8")
    return sorted(made)


if __name__ == "__main__":
    made = make_class(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
    print(f"{sys.argv[2]}: {len(made)} submissions")
