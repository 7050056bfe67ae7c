"""The work of the child: import the student's package, run one probe for each request, send one frame.

Reads   `root`/assignment/checks.code, `root`/submission/, `root`/data/; or `root`/pages/
Sends   for each case: one byte `S` before anything of the student's runs, then one frame (see `wire`)

It holds neither judging nor expected values, and what it sends is believed by nobody: student code in this process can
change all of it, and take, answer or keep requests. What it gains by that is to answer wrongly.
"""

from __future__ import annotations

import base64
import contextlib
import inspect
import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeAlias

import numpy
import torch
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from grader.checks.checks import Check, load_probes
from grader.checks.seeds import with_seed
from grader.core import wire
from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.worker import faults, notebook_outputs, variants, written_answers
from grader.worker.between import Between
from grader.worker.cell_trial import Runner, Trial, broken_cells
from grader.worker.notebook_cells import NotebookCells, has_cells, read_cells
from grader.worker.student_notebook import StudentNotebook
from grader.worker.student_package import StudentPackage
from grader.worker.working_folder import laying_out

STARTED = b"S"
SEED = 0

Run: TypeAlias = Callable[[], dict[str, Any]]


class Channel(Protocol):
    """How this process is asked for cases, one at a time, and answers."""

    def receive(self) -> dict[str, Any] | None:
        """The next request; None where nobody asks any more. From then on all goes to its result and its log."""

    def send(self, data: bytes) -> None:
        """Part of the result."""

    def runner(self, trial: Trial) -> Runner:
        """A process that runs the cells of a notebook."""


def serve(common: dict[str, Any], root: Path, channel: Channel) -> NoReturn:
    """Run the cases that are asked for, until nobody asks any more.

    A request is {"package", "form", "notebook", "files", "skip_calls"} with {"imports": [module...]}, {"cells":
    seconds}, {"check", "case", "seeds", "hidden", "broken", "settings"} or {"execute": seconds}; or, where no student
    code is run, {"answers": questions, "sources": paths}, or {"render": job} with what `rendering` reads. What all
    share is {"result_cap", "device", "loads_in_process"}.
    """
    if common["loads_in_process"]:
        _load_in_process()
    # The streams that there were believe that they can seek; the log is a pipe.
    how: dict[str, Any] = {"encoding": "utf-8", "errors": "replace", "newline": "\n", "closefd": False}
    streams = [os.fdopen(fd, "w", buffering=1, **how) for fd in (1, 2)]
    sys.stdout, sys.stderr = streams
    prepare(root / "submission")
    lay_out = laying_out(root / "submission", root / "box")
    lay_out()
    serving, between, receive = os.getpid(), Between(root, lay_out), channel.receive
    while (asked := receive()) is not None:
        _one_case({**common, **asked}, root, streams, channel)
        if os.getpid() != serving:  # a fork of the student's that has come back to us
            os._exit(0)
        between.restore()
    os._exit(0)


def prepare(submission: Path) -> None:
    """How all student code finds its process."""
    # First, as Python has a script's folder: its files hide what is installed, but not what is imported already.
    sys.path.insert(0, str(submission))
    sys.dont_write_bytecode = True
    seed_generators()


def _one_case(request: dict[str, Any], root: Path, streams: Sequence[Any], channel: Channel) -> None:
    seed_generators(_first_seed(request))
    job = _job(request, root, channel)
    channel.send(STARTED)
    try:
        frame = wire.encode_values(job(), request["result_cap"])
    except BaseException as error:  # whatever student code raises, SystemExit included
        frame = wire.encode_fault(_explained(error, request, root / "submission"))
    for stream in streams:  # ours: the student may have put others in their place, or closed these
        with contextlib.suppress(Exception):
            stream.flush()
    channel.send(frame)


def _job(request: dict[str, Any], root: Path, channel: Channel) -> Callable[[], object]:
    """What is to be done, prepared as far as no student code is run."""
    submission = root / "submission"
    if "render" in request:
        from grader.worker import rendering  # with the extra `notebook`; the warm process has imported it

        return partial(rendering.JOBS[request["render"]], request, root / "pages")
    if "answers" in request:
        return partial(written_answers.read, submission, request["answers"], request["sources"])
    if "execute" in request:
        send = partial(_send_and_end, request, channel)
        return partial(notebook_outputs.run_whole, submission, request["package"], request["execute"], send)
    if "cells" in request:
        return partial(_try_cells, request, submission, channel)
    submitted = submitted_in(request, submission)
    if "imports" in request:
        return partial(_try_modules, submitted["hw"], request["imports"])
    runs = [_run(request, root, submitted, seed) for seed in request["seeds"] or (None,)]
    values = partial(_all_values, runs, request["seeds"], _first_seed(request))
    return partial(variants.run, values, request["settings"])


def _run(request: dict[str, Any], root: Path, submitted: Mapping[str, Any], seed: int | None) -> Run:
    """A run of the probe, which is loaded anew with all that it gets: one run sees nothing that another has changed."""
    check = _check(request, root)
    about = {"case": request["case"], "seed": seed, "device": request["device"], "data": root / "data"}
    return partial(check.probe, **arguments_of(check, submitted, **about))


def _all_values(runs: Sequence[Run], seeds: Sequence[int], first: int) -> dict[str, Any]:
    """What the runs give, which all begin alike: under names with their seeds, where there are any."""
    if not seeds:
        return runs[0]()
    values: dict[str, Any] = {}
    for run, seed in zip(runs, seeds, strict=True):
        seed_generators(first)
        values |= with_seed(run(), seed)
    return values


def _load_in_process() -> None:
    """Every DataLoader works without worker processes: their locks and tensors live in /dev/shm, which is shut here."""
    original = DataLoader.__init__
    signature = inspect.signature(original)

    def without_workers(*given: Any, **named: Any) -> None:
        bound = signature.bind(*given, **named)
        for name in ("num_workers", "timeout", "prefetch_factor", "persistent_workers", "multiprocessing_context"):
            bound.arguments.pop(name, None)
        original(*bound.args, **bound.kwargs)

    DataLoader.__init__ = without_workers  # type: ignore[method-assign]


def _explained(error: BaseException, request: dict[str, Any], submission: Path) -> Fault:
    def why_lost(name: str) -> Fault | None:
        cells = _cells(request, submission) if request.get("form") == "notebook" else None
        return cells.why_lost(name) if cells else None

    try:
        return faults.explain(error, submission, request.get("files", ()), why_lost=why_lost)
    except BaseException:  # an exception of the student's own making, whose parts raise when they are looked at
        return Fault(Outcome.RUNTIME_ERROR, "your code raised an exception that could not be shown")


def submitted_in(request: dict[str, Any], submission: Path) -> dict[str, Any]:
    """What probes see of the submission, by their arguments: nothing of it is run before it is touched.

    `request` has what `serve` says of a case.
    """
    broken = request.get("broken", ())
    notebook = StudentNotebook(_cells(request, submission), submission, file=request["notebook"] or "")
    if request["form"] == "notebook":
        return {"hw": notebook}
    modules = {name: said for name, said, *cell in broken if not cell}
    return {"hw": StudentPackage(request["package"], submission, modules, request["files"]), "notebook": notebook}


def _cells(request: dict[str, Any], submission: Path) -> NotebookCells | None:
    """The notebook's, with what a trial has found; None where there is no notebook."""
    folder = submission / request["package"]
    if not has_cells(folder):
        return None
    broken = [each for each in request.get("broken", ()) if len(each) > 2]  # the others are modules
    return NotebookCells(read_cells(folder), request["skip_calls"], broken)


def _try_modules(package: StudentPackage, names: Sequence[str]) -> dict[str, Any]:
    """What keeps modules from being imported: found once, so that no check meets it again."""
    return {name: faults.of_import(package, name) for name in names}


def _try_cells(request: dict[str, Any], submission: Path, channel: Channel) -> dict[str, Any]:
    """The same of cells, with notes on those that are not run. Nothing where the notebook is missing."""
    cells = _cells(request, submission)
    if cells is None:
        return {}
    notes = [note.as_list() for note in cells.notes()]  # before anything of the student's runs
    about = read_cells(submission / request["package"]), request["skip_calls"], submission, request["files"]
    return {"notes": notes, "cells": broken_cells(*about, request["cells"], channel.runner)}


def _first_seed(request: dict[str, Any]) -> int:
    """What the generators are seeded with before anything of a case runs; another one to see who relies on it."""
    seed: int = request.get("settings", {}).get("seed", SEED)
    return seed


def seed_generators(seed: int = SEED) -> None:
    """What each probe begins with."""
    random.seed(seed)
    numpy.random.seed(seed)  # the generator that students use
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():  # `torch.manual_seed` notes the seed, with a stack, for each device that is not
        torch.cuda.manual_seed_all(seed)


def _check(request: dict[str, Any], root: Path) -> Check:
    hidden = base64.b64decode(request["hidden"])
    return next(each for each in load_probes(root / "assignment", hidden=hidden) if each.name == request["check"])


def arguments_of(
    check: Check,
    submitted: Mapping[str, Any],
    *,
    case: str | None,
    seed: int | None,
    device: str,
    data: Path,
) -> dict[str, Any]:
    """What a probe is called with; `data` is the folder of data files."""
    available: dict[str, Any] = {**submitted, "device": torch.device(device), "seed": seed}
    if case is not None:
        available["case"] = dict(check.cases[case])
    if "data" in check.arguments:
        available["data"] = load_file(data / f"{check.data}.safetensors")
    return {name: available[name] for name in check.arguments}


def _send_and_end(request: dict[str, Any], channel: Channel, values: dict[str, Any]) -> NoReturn:
    channel.send(wire.encode_values(values, request["result_cap"]))
    os._exit(0)
