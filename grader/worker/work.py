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
from collections.abc import Callable, Sequence
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
from grader.worker.notebook_cells import NotebookCells, read_cells
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

    A request is {"package", "form", "files", "skip_calls"} with {"imports": [module...], "seconds"}, {"check",
    "case", "seeds", "hidden", "broken", "settings"} or {"execute": seconds}; or, where no student code is run,
    {"answers": questions}, or {"render": job} with what `rendering` reads. What all share is {"result_cap", "device",
    "loads_in_process"}.
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
        return partial(written_answers.read, submission, request["answers"])
    if "execute" in request:
        send = partial(_send_and_end, request, channel)
        return partial(notebook_outputs.run_whole, submission, request["package"], request["execute"], send)
    package = package_of(request, submission)
    if "imports" in request:
        return partial(_try, package, request, submission, channel)
    runs = [_run(request, root, package, seed) for seed in request["seeds"] or (None,)]
    values = partial(_all_values, runs, request["seeds"], _first_seed(request))
    return partial(variants.run, values, request["settings"])


def _run(request: dict[str, Any], root: Path, package: StudentPackage | StudentNotebook, seed: int | None) -> Run:
    """A run of the probe, which is loaded anew with all that it gets: one run sees nothing that another has changed."""
    check = _check(request, root)
    about = {"case": request["case"], "seed": seed, "device": request["device"], "data": root / "data"}
    return partial(check.probe, **arguments_of(check, package, **about))


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
        return _cells(request, submission).why_lost(name) if request.get("form") == "notebook" else None

    try:
        return faults.explain(error, submission, request.get("files", ()), why_lost=why_lost)
    except BaseException:  # an exception of the student's own making, whose parts raise when they are looked at
        return Fault(Outcome.RUNTIME_ERROR, "your code raised an exception that could not be shown")


def package_of(request: dict[str, Any], submission: Path) -> StudentPackage | StudentNotebook:
    """The student's code as probes see it; `request` has what `serve` says of a case."""
    if request["form"] == "notebook":
        return StudentNotebook(_cells(request, submission), submission)
    return StudentPackage(request["package"], submission, dict(request.get("broken", ())), request["files"])


def _cells(request: dict[str, Any], submission: Path) -> NotebookCells:
    written = read_cells(submission / request["package"])
    return NotebookCells(written, request["skip_calls"], request.get("broken", ()))


def _try(
    package: StudentPackage | StudentNotebook, request: dict[str, Any], submission: Path, channel: Channel
) -> dict[str, Any]:
    """What keeps modules or cells from being run: found once, so that no check meets it again."""
    if isinstance(package, StudentPackage):
        return {name: faults.of_import(package, name) for name in request["imports"]}
    notes = [note.as_list() for note in _cells(request, submission).notes()]  # before anything of the student's runs
    about = read_cells(submission / request["package"]), request["skip_calls"]
    return {"notes": notes, "cells": broken_cells(*about, submission, request["seconds"], channel.runner)}


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
    package: StudentPackage | StudentNotebook,
    *,
    case: str | None,
    seed: int | None,
    device: str,
    data: Path,
) -> dict[str, Any]:
    """What a probe is called with; `data` is the folder of data files."""
    available: dict[str, Any] = {"hw": package, "device": torch.device(device), "seed": seed}
    if case is not None:
        available["case"] = dict(check.cases[case])
    if "data" in check.arguments:
        available["data"] = load_file(data / f"{check.data}.safetensors")
    return {name: available[name] for name in check.arguments}


def _send_and_end(request: dict[str, Any], channel: Channel, values: dict[str, Any]) -> NoReturn:
    channel.send(wire.encode_values(values, request["result_cap"]))
    os._exit(0)
