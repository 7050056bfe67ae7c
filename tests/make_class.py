"""A class made of what an assignment has: its reference, its untouched stub, and its known wrong solutions.

`python tests/make_class.py NAME FOLDER [MOST]` writes one folder per submission below FOLDER, for `grader grade NAME
FOLDER`, with at most MOST of the wrong solutions.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from wrong_solutions import ROOT, files_of, read_wrong_solutions, write_files


def make_class(name: str, target: Path, most: int | None = None) -> list[str]:
    """The names of the submissions written, in order."""
    solution = ROOT / "solutions" / name
    made = {"reference": files_of(solution), "untouched_stub": files_of(ROOT / "assignments" / name)}
    made |= {wrong.how: wrong.files() for wrong in read_wrong_solutions(solution)[:most]}
    shutil.rmtree(target, ignore_errors=True)
    for id, files in made.items():
        write_files(files, target / id)
    return sorted(made)


if __name__ == "__main__":
    made = make_class(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
    print(f"{sys.argv[2]}: {len(made)} submissions")
