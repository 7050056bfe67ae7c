"""How often a statistical check fails right code, and how often it misses a wrong deviation.

    python -m benchmarks.false_alarms vanishing_gradients --seeds 2000 [--check NAME ...]

The probes of a notebook assignment are run on its reference, here and now, with one seed after another in the place of
their `SEED`, or as the seed that they take; `normal` and `uniform` judge what they return. Then what these read is
multiplied and divided by the square root of 2, and judged again. The reference is our own code: nothing else is ever
run outside the sandbox.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import load_expected, reference_folder
from grader.checks.checks import Check
from grader.checks.criteria import normal, uniform
from grader.checks.seeds import of_seed
from grader.core.observation import Values
from grader.submissions.reading import read_submission
from grader.worker.notebook_cells import NotebookCells, read_cells
from grader.worker.student_notebook import StudentNotebook

FACTORS = (math.sqrt(2), math.sqrt(0.5))
SHOW_EVERY = 30  # seconds


@dataclass(slots=True)
class Count:
    """Of one check: seeds tried, of them failed, and wrong deviations tried and missed."""

    seeds: int = 0
    failed: int = 0
    wrong: int = 0
    missed: int = 0


def main() -> None:
    """Measure the checks that are named, or all with a statistical criterion."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("assignment")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--check", action="append")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    assignment = load_assignment(Path("assignments") / asked.assignment)
    chosen = [each for each in assignment.checks if each.name in (asked.check or [each.name]) and _samples(each)]
    if asked.check:
        chosen = [each for each in assignment.checks if each.name in asked.check]
    expected = load_expected(assignment, chosen)
    with tempfile.TemporaryDirectory() as folder:
        student = _reference(assignment, Path(folder))
        for check in chosen:
            count = measure(check, student, expected[check.name].values, asked.seeds)
            print(
                f"{check.name}: {count.seeds} seeds, {count.failed} failed; deviations wrong by the root of 2: "
                f"{count.wrong} samples, {count.missed} missed",
                flush=True,
            )


def measure(check: Check, student: StudentNotebook, expected: Mapping[str | None, Values], seeds: int) -> Count:
    """Run the check's probe with the seeds 0, 1, ... and judge what it returns."""
    count, shown = Count(), time.monotonic()
    for seed in range(seeds):
        check.probe.__globals__["SEED"] = seed
        for case in check.case_names:
            arguments = {"hw": student} | ({"case": dict(check.cases[case])} if case is not None else {})
            seen = check.probe(**arguments, **({"seed": seed} if check.seeds else {}))
            wanted = of_seed(expected[case], next(iter(check.seeds), None))  # of which samples take their shapes
            count.failed += any(sample(seen, wanted, {}) is not None for sample in _samples(check))
            for sample in _samples(check):
                value = seen[sample.name]
                assert isinstance(value, Tensor)
                for factor in FACTORS:
                    count.wrong += 1
                    count.missed += sample({**seen, sample.name: value * factor}, wanted, {}) is None
        count.seeds += 1
        if time.monotonic() - shown > SHOW_EVERY:
            shown = time.monotonic()
            print(f"  {check.name}: {count}", flush=True)
    return count


def _samples(check: Check) -> list[normal | uniform]:
    return [each for each in check.criteria if isinstance(each, normal | uniform)]


def _reference(assignment: Assignment, folder: Path) -> StudentNotebook:
    """The reference as probes see it."""
    home = reference_folder(assignment)
    assert home is not None
    files = {f"hw/{name}": content for name, content in read_submission(home, assignment.manifest).files.items()}
    for name, content in {**files, **assignment.provided}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    sys.path.append(str(folder))
    return StudentNotebook(NotebookCells(read_cells(folder / "hw"), assignment.manifest.skip_calls), folder)


if __name__ == "__main__":
    main()
