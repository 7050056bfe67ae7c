"""Observing: run the probes of many checks on one package, each in a place of its own, within one time budget.

Grading and regeneration share this half of the flow; what they do with the observations differs.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from grader.assignment.assignment import Assignment
from grader.checks.checks import COMPILED, FILES, Check, compile_checks
from grader.core import wire
from grader.core.cell_note import decode_note
from grader.core.errors import SandboxError, WireError
from grader.core.limits import Limits
from grader.core.observation import Fault, Observation
from grader.core.verdict import Outcome
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot

# Characters in which all import faults of a submission are passed on: a request must fit into one datagram.
BROKEN_CAP = 6000
CELLS_CAP = 60  # broken cells of a notebook that are passed on
NOTES_CAP = 30
CELLS_GRACE = 4  # seconds: half of them is `cell_trial`'s own, to stop what does not stop by itself


@dataclass(frozen=True, slots=True)
class Task:
    """One case of one check, to be run in one process."""

    check: Check
    case: str | None


@dataclass(frozen=True, slots=True)
class Observed:
    """What a task gave; no observation where our machinery failed twice, and what it said.

    `cut` where the clock has stopped a cell of the notebook: what the check lacks may be a busy machine's doing.
    """

    task: Task
    observation: Observation | None
    trouble: str = ""
    cut: bool = False


def tasks_of(checks: Sequence[Check]) -> list[Task]:
    """All cases of the checks, in order."""
    return [Task(check, case) for check in checks for case in check.case_names]


def observe(
    sandbox: Sandbox,
    assignment: Assignment,
    files: Mapping[str, bytes],
    tasks: Sequence[Task],
    *,
    settings: Mapping[str, object] | None = None,
    patient: bool = False,
    spent: float = 0.0,
    note: Callable[[str], None] = lambda text: None,
) -> Iterator[Observed]:
    """Run the tasks in order on a package of `files` (path below the package -> content).

    While one check runs, the place of the next is made. Where the sandbox fails, the task is tried once more.
    `settings` are those of `variants`; a `patient` caller gives each task five times its seconds and all together no
    end. `spent` are seconds of the budget that are used up already. `note` hears what of a notebook is not run.
    """
    observer = _Observer(sandbox, assignment, files, settings or {}, patient, note)
    observer.left -= spent
    observer.try_imports()
    prepared: Slot | None = None
    try:
        for task, following in zip_longest(tasks, tasks[1:]):
            this, prepared = prepared, None
            if observer.left <= 0:
                if this:
                    sandbox.discard(this)
                yield Observed(task, _not_run(assignment))
                continue
            try:
                running = observer.begin(task, this or observer.place(task))
                prepared = observer.prepare(following)
                observation = observer.finish(running)
            except SandboxError:
                if prepared:  # it may have died of the same
                    sandbox.discard(prepared)
                    prepared = None
                try:
                    observation = observer.finish(observer.begin(task, observer.place(task)))
                except SandboxError as error:
                    yield Observed(task, None, str(error))
                    continue
            yield Observed(task, observation, cut=observer.cut)
    finally:
        if prepared:
            sandbox.discard(prepared)


class _Observer:
    """One package in front of one sandbox: what its places hold, which modules are broken, how much time is left."""

    def __init__(
        self,
        sandbox: Sandbox,
        assignment: Assignment,
        files: Mapping[str, bytes],
        settings: Mapping[str, object],
        patient: bool,
        note: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._note_down = note
        self._sandbox = sandbox
        self._assignment = assignment
        self._package = assignment.manifest.package
        provided = assignment.provided_files()
        submitted = _beside({f"{self._package}/{path}": content for path, content in files.items()}, provided)
        self._submission = {f"submission/{path}": content for path, content in {**submitted, **provided}.items()}
        self._checks = {file: compile_checks(source, file) for file, source in assignment.check_files().items()}
        self._broken: dict[str, list[Any]] = {}
        self._patience = 5 if patient else 1
        self.cut = False
        self.left = math.inf if patient else assignment.manifest.limits.seconds

    def place(self, task: Task | None) -> Slot:
        """A place with the package and what the task may see. Raises `SandboxError`."""
        files = dict(self._submission)
        try:
            if task:
                # A room of a public check holds nothing of the hidden ones.
                shown = [file for file in (FILES if task.check.hidden else FILES[:1]) if file in self._checks]
                files |= {f"assignment/{file[:-3]}{COMPILED}": self._checks[file] for file in shown}
                files |= self._data(task.check)
            return self._sandbox.place(files)
        except (OSError, SafetensorError) as error:
            raise SandboxError(f"no room could be made: {error}") from None

    def prepare(self, task: Task | None) -> Slot | None:
        """The place of the next task, or None where there is none or it cannot be made now."""
        try:
            return self.place(task) if task else None
        except SandboxError:
            return None

    def begin(self, task: Task, place: Slot) -> Running:
        """Start the task's check."""
        limits = self._assignment.limits(self._patience * task.check.seconds).within(self.left)
        work = {"check": task.check.name, "case": task.case, "broken": self._broken, "settings": self._settings}
        return self._begin(place, work, limits)

    def finish(self, running: Running) -> Observation:
        """Wait for a check and count its time."""
        observation = running.wait()
        self.left -= observation.seconds
        if (
            self.left <= 0
            and isinstance(observation.result, Fault)
            and observation.result.outcome is Outcome.TIME_LIMIT
        ):
            spent = f"{observation.result.message}: {_budget(self._assignment)} are used up"
            return replace(observation, result=replace(observation.result, message=spent))
        return observation

    def try_imports(self) -> None:
        """Find the modules that do not import, so that no check tries them again.

        All in one process; where that one does not return, each module in its own, to find the one that is to blame.
        """
        if self._assignment.manifest.form == "notebook":
            self._try_cells()
            return
        modules = [_module(self._package, path) for path in self._assignment.manifest.files]
        modules = [name for name in modules if f"submission/{name.replace('.', '/')}.py" in self._submission]
        if not modules:
            return
        together = self._imports(modules)
        if isinstance(together, Fault) and len(modules) > 1:
            for module in modules:
                self._note(module, self._imports([module]))
        else:
            for module in modules:
                self._note(module, together)

    def _try_cells(self) -> None:
        """Find the cells that raise, take too long or end the process.

        What does not come back is left to the checks to find again.
        """
        seconds = min(self._assignment.manifest.limits.import_seconds, max(self.left, 0.1))
        result = self._trial({"imports": [], "seconds": seconds}, seconds + CELLS_GRACE)
        cells = result.get("cells") if not isinstance(result, Fault) else None
        notes = result.get("notes") if not isinstance(result, Fault) else None
        for note in notes[:NOTES_CAP] if isinstance(notes, list) else []:
            with contextlib.suppress(WireError):
                self._note_down(decode_note(note, self._assignment.manifest.skip_calls).sentence)
        broken = cells[:CELLS_CAP] if isinstance(cells, list) else []
        for cell in broken:
            match cell:
                case [int(number), list(said), int(statement)] if statement < 1 << 20:
                    with contextlib.suppress(WireError):
                        fault = wire.fault_of_list(said)
                        self._broken[str(number)] = [self._short(fault, len(broken)), max(statement, -1)]
                        self.cut |= fault.outcome is Outcome.TIME_LIMIT

    def _imports(self, modules: list[str]) -> Mapping[str, Any] | Fault:
        return self._trial({"imports": modules}, self._assignment.manifest.limits.import_seconds)

    def _trial(self, work: Mapping[str, Any], seconds: float) -> Mapping[str, Any] | Fault:
        limits = self._assignment.limits(seconds).within(max(self.left, 0.1))
        try:
            return self.finish(self._begin(self.place(None), work, limits)).result
        except SandboxError:
            return {}  # the checks will say so themselves

    def _note(self, module: str, result: Mapping[str, Any] | Fault) -> None:
        """Remember why a module does not import. What the child says of itself is checked like any frame."""
        if isinstance(result, Fault):
            path = module.replace(".", "/") + ".py"
            message = f"{path} could not be imported: {result.message}"
            found = replace(result, message=message, place=result.place or path)
        else:
            try:
                found = wire.fault_of_list(result.get(module))
            except WireError:
                return
        self._broken[module] = self._short(found, len(self._assignment.manifest.files))

    def _short(self, fault: Fault, among: int) -> list[str]:
        most = BROKEN_CAP // among
        return wire.fault_as_list(replace(fault, message=fault.message[:most], next_step=fault.next_step[:most]))

    def _begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        manifest = self._assignment.manifest
        about = {"package": manifest.package, "form": manifest.form, "skip_calls": manifest.skip_calls}
        return self._sandbox.begin(place, {**work, **about}, limits)

    def _data(self, check: Check) -> dict[str, bytes]:
        path = self._assignment.data_file(check)
        if path is None or "data" not in check.arguments:
            return {}
        content = path.read_bytes()
        if check.withhold:
            kept = {name: tensor for name, tensor in load_file(path).items() if name not in check.withhold}
            content = save(kept)
        return {f"data/{check.data}.safetensors": content}


def _beside(submitted: Mapping[str, bytes], provided: Mapping[str, bytes]) -> dict[str, bytes]:
    """What was submitted, without folders that would stand in a provided file's place or hide a provided module."""
    taken = {*provided, *(path.removesuffix(".py") for path in provided)}
    return {
        path: content
        for path, content in submitted.items()
        if not taken & {str(parent) for parent in PurePosixPath(path).parents}
    }


def _module(package: str, path: str) -> str:
    return ".".join((package, *PurePosixPath(path).with_suffix("").parts))


def _budget(assignment: Assignment) -> str:
    return f"the {assignment.manifest.limits.seconds:g} s that one submission may take"


def _not_run(assignment: Assignment) -> Observation:
    message = f"not run: {_budget(assignment)} are used up"
    return Observation(Fault(Outcome.TIME_LIMIT, message, "Fix what takes so long in the checks above."), 0.0)
