"""`grader check --debug`: one probe on one's own code at one's own terminal, without sandbox and verdict."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from grader.core.errors import UsageError

if TYPE_CHECKING:
    from grader.assignment.manifest import Manifest

# As in the sandbox, so that code gives the same numbers.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


def debug(path: Path, assignment: Path, manifest: Manifest, name: str, *, start_pdb: bool) -> int:
    """Run the probe in a process that has this terminal; return its exit code. Raises `UsageError`."""
    from grader.assignment.provided import read_provided
    from grader.submissions.reading import read_submission

    read = read_submission(path, manifest, id="you")
    if read.problem:
        raise UsageError(read.problem)
    with tempfile.TemporaryDirectory(prefix="grader-debug-") as folder:
        if not manifest.notebook and path / read.place == assignment / manifest.package:
            submission = assignment  # the files themselves, so that an editor finds the lines of a traceback
        else:
            submission = Path(folder)
            home = PurePosixPath(manifest.package)
            submitted = {str(home / name): content for name, content in read.files.items()}
            for place, content in {**submitted, **read_provided(assignment, manifest, ())}.items():
                (submission / place).parent.mkdir(parents=True, exist_ok=True)
                (submission / place).write_bytes(content)
        told = {
            "check": name,
            "assignment": str(assignment),
            "submission": str(submission),
            "data": str(assignment / manifest.assets / "data"),
            "package": manifest.package,
            "form": manifest.form,
            "notebook": manifest.notebook,
            "files": [str(PurePosixPath(manifest.package, file)) for file in manifest.files],
            "modules": [*manifest.modules.values()],
            "skip_calls": manifest.skip_calls,
            "pdb": start_pdb,
        }
        worker = [sys.executable, "-P", "-m", "grader.worker.debug", json.dumps(told)]
        with subprocess.Popen(worker, env={**os.environ, **ENVIRONMENT}) as process:
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the debugger
            try:
                return process.wait()
            finally:
                signal.signal(signal.SIGINT, before)
