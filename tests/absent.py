"""Modules as if they were not installed, for this process's children and for the warm process that those start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# Python runs this at its start. Finders pass over the names: one that raised would stop `find_spec`, which absence does
# not.
SITE = """
import sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in ABSENT else self.finder.find_spec(name, path, target)

sys.meta_path[:] = map(Without, sys.meta_path)
"""


def grader(*arguments: str | Path, without: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in `folder` where the modules `without` are absent; nobody is shown a traceback."""
    home = folder / ".absent"
    home.mkdir(exist_ok=True)
    (home / "sitecustomize.py").write_text(f"ABSENT = {set(without)}\n{SITE}")
    path = [str(home), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    run = [sys.executable, "-P", "-c", "from grader.cli.app import main; main()", *map(str, arguments)]
    done = subprocess.run(
        run, capture_output=True, text=True, timeout=240, cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "COLUMNS": "200"},
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done
