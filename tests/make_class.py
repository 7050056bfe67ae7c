"""A class made of what an assignment has: its reference, its untouched stub, and every known wrong solution.

`python tests/make_class.py NAME FOLDER` writes one folder per submission below FOLDER, for `grader grade NAME FOLDER`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON_ONLY = shutil.ignore_patterns("__pycache__", "*.toml", "*.md", "*.pyc")


def make_class(name: str, target: Path) -> list[str]:
    """The names of the submissions written, in order."""
    solution = ROOT / "solutions" / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(solution / "hw", target / "reference" / "hw", ignore=PYTHON_ONLY)
    shutil.copytree(ROOT / "assignments" / name / "hw", target / "untouched_stub" / "hw", ignore=PYTHON_ONLY)
    for wrong in sorted((solution / "wrong").glob("*/hw")):
        shutil.copytree(solution / "hw", target / wrong.parent.name / "hw", ignore=PYTHON_ONLY)
        shutil.copytree(wrong, target / wrong.parent.name / "hw", ignore=PYTHON_ONLY, dirs_exist_ok=True)
    return sorted(path.name for path in target.iterdir())


if __name__ == "__main__":
    print(f"{sys.argv[2]}: {len(make_class(sys.argv[1], Path(sys.argv[2])))} submissions")
