"""The runner of `cell_trial` as a fresh process, where none can be forked: started as `-m grader.worker.fresh_runner`.

It is told all that it must know as one JSON object on its standard input, and what it tells goes to a file.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.core import extras
from grader.kernel.process_tree import apart, kill_tree
from grader.worker.cell_trial import LOOK, Trial, run_cells

WARM_UP_SECONDS = 60


class FreshRunner:
    """Made when it has imported torch, which never is a cell's time. Raises `OSError` where it does not come so far."""

    def __init__(self, trial: Trial) -> None:
        descriptor, name = tempfile.mkstemp()
        self._told = os.fdopen(descriptor, "rb")
        own = ("-s",) if sys.flags.no_user_site else ()
        command = [sys.executable, *own, "-P", "-B", "-m", "grader.worker.fresh_runner"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, **apart())
        about = {**asdict(trial), "submission": str(trial.submission)}
        assert self._process.stdin
        with contextlib.suppress(OSError), self._process.stdin:
            self._process.stdin.write(json.dumps({**about, "tried": list(trial.tried), "told": name}).encode())
        deadline = time.monotonic() + WARM_UP_SECONDS
        while not self._told.read(1):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.end()
                raise OSError("no runner")
            time.sleep(LOOK)

    def processor_time(self) -> float:
        """Nothing tells; so what passes on the clock."""
        return time.monotonic()

    def read(self) -> bytes | None:
        """What it has told within `LOOK`; None once it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LOOK)
        return self._told.read() or (b"" if self._process.returncode is None else None)

    def end(self) -> int:
        """Kill it and, where the system can, what it has started; how it ended."""
        kill_tree(self._process)
        self._told.close()
        return self._process.wait()


def main() -> None:
    """Run the cells that standard input tells of."""
    about: dict[str, Any] = json.loads(sys.stdin.read())
    from grader.worker.torch_settings import settle_torch
    from grader.worker.work import prepare

    submission = Path(about["submission"])
    kept = settle_torch()  # noqa: F841  the override of dropout lives as long as this reference
    told = open(about.pop("told"), "ab", buffering=0)  # noqa: PTH123
    for name in filter(extras.is_there, ("matplotlib", "torchvision")):  # no cell's time, as where processes are forked
        importlib.import_module(name)
    prepare(submission)
    trial = Trial(**{**about, "submission": submission, "tried": set(about["tried"])})
    told.write(b"\n")

    def tell(*said: object) -> None:
        told.write(json.dumps(said).encode() + b"\n")

    run_cells(trial, tell)
    os._exit(0)


if __name__ == "__main__":
    main()
