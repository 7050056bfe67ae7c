"""The working folder of student code: the files of the submission that are not code, each at its place.

`open("vocab.json")` finds what lies beside the modules, as it does where a student runs them. They are copies, since
code may write over what it has read.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path


def laying_out(submission: Path, box: Path) -> Callable[[], None]:
    """What lays out the empty folder `box`: asked for before anything of the student's runs, called before each case.

    What there is no room for is left out; code that reads it is told so.
    """
    files = [path for path in submission.rglob("*") if path.suffix != ".py" and path.is_file()]
    return partial(_copy, {path: box / path.relative_to(submission) for path in files})


def _copy(files: dict[Path, Path]) -> None:
    for source, target in files.items():
        with contextlib.suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
