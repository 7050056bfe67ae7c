"""The rooms of one submission: what they hold, what is asked in them, and how much time is left for that."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from grader.assignment.assignment import Assignment
from grader.checks.checks import COMPILED, FILES, Check, compile_checks, compile_probe
from grader.core.errors import SandboxError
from grader.core.limits import Limits
from grader.core.observation import Fault, Observation
from grader.core.verdict import Outcome
from grader.grading.budget import Budget
from grader.grading.tasks import Task
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.sandbox.worker_process import WorkerProcess

PATIENCE = 5


class Rooms:
    """One package in front of one sandbox.

    `broken` are modules or cells that are known not to run: [name or number, fault, ...], see `cell_trial`.

    A `patient` one gives each task five times its seconds, and all together no end. `whole_gpu` is that of `Limits`.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        assignment: Assignment,
        files: Mapping[str, bytes],
        *,
        settings: Mapping[str, object] | None = None,
        patient: bool = False,
        whole_gpu: bool = False,
    ) -> None:
        self.assignment = assignment
        self.sandbox = sandbox
        self.broken: list[list[Any]] = []
        seconds = assignment.manifest.limits.seconds
        self.budget, self.shared_budget = (Budget(), Budget()) if patient else (Budget(seconds), Budget(seconds))
        self._patience = PATIENCE if patient else 1
        self._settings = settings or {}
        self.whole_gpu = whole_gpu
        self.submission = {f"submission/{path}": content for path, content in assignment.laid_out(files).items()}
        self._checks = assignment.check_files()

    def place(self, tasks: Sequence[Task]) -> Slot:
        """A place with the package and what all of the tasks may see. Raises `SandboxError`."""
        files = dict(self.submission)
        public = FILES[0]
        try:
            if tasks and public in self._checks:  # hidden ones may import it
                files[f"assignment/{public[:-3]}{COMPILED}"] = compile_checks(self._checks[public], public)
            for task in tasks:
                files |= self._data(task.check)
            return self.sandbox.place(files, secret=any(task.check.hidden for task in tasks))
        except (OSError, SafetensorError) as error:
            raise SandboxError(f"no room could be made: {error}") from None

    def share(self, tasks: Sequence[Task]) -> WorkerProcess:
        """A process for all of the tasks. Raises `SandboxError`."""
        seconds = max(self.shared_budget.left, 0) + self.assignment.manifest.limits.import_seconds
        return self.sandbox.open(self.place(tasks), {}, self.limits(seconds))

    def limits(self, seconds: float) -> Limits:
        """The limits of what may take `seconds`."""
        return replace(self.assignment.limits(seconds), whole_gpu=self.whole_gpu)

    def ask(self, process: WorkerProcess, task: Task) -> Observation:
        """Run a task in a process that others share: no time of the budget, but of one for all that is shared."""
        limits = self._limits(task).within(max(self.shared_budget.left, 0.1))
        observation = process.begin(self._work(task), limits).wait()
        self.shared_budget.take(observation)
        return observation

    def begin(self, task: Task, place: Slot) -> Running:
        """Start a task in a process of its own."""
        return self.sandbox.begin(place, self._work(task), self._limits(task).within(self.budget.left))

    def finish(self, running: Running) -> Observation:
        """Wait for what runs in a process of its own, and count its time."""
        observation = running.wait()
        self.budget.take(observation)
        result = observation.result
        if self.budget.is_spent and isinstance(result, Fault) and result.outcome is Outcome.TIME_LIMIT:
            spent = f"{result.message}: {self.budget} are used up"
            return replace(observation, result=replace(result, message=spent))
        return observation

    def about(self) -> dict[str, Any]:
        """What every request tells of the package."""
        manifest = self.assignment.manifest
        names = {"package", "form", "notebook", "skip_calls"}
        return {
            **manifest.model_dump(include=names),
            "files": [str(PurePosixPath(manifest.package, file)) for file in manifest.files],
        }

    def _work(self, task: Task) -> dict[str, Any]:
        """The request for a task. The code of a hidden one comes with it: nothing of others is in its room."""
        hidden, file = b"", FILES[-1]
        if task.check.file == file:
            hidden = compile_probe(self._checks[file], file, check=task.check, case=task.case)
        return {
            **self.about(),
            "check": task.check.probe_name,
            "case": task.case,
            "seeds": task.check.seeds,
            "hidden": base64.b64encode(hidden).decode(),
            "broken": self.broken,
            "settings": self._settings,
        }

    def _limits(self, task: Task) -> Limits:
        return self.limits(self._patience * task.check.limit)

    def _data(self, check: Check) -> dict[str, bytes]:
        path = self.assignment.data_file(check)
        if path is None or "data" not in check.arguments:
            return {}
        content = path.read_bytes()
        if check.withhold:
            kept = {name: tensor for name, tensor in load_file(path).items() if name not in check.withhold}
            content = save(kept)
        return {f"data/{check.data}.safetensors": content}
