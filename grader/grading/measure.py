"""Measuring on a device: the probes run there on the reference, and how far their values are from the saved ones."""

from __future__ import annotations

import platform
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import torch

from grader.assignment.assignment import Assignment
from grader.assignment.expected import Expected, load_expected, path_of
from grader.assignment.measured import Measured, read_measured, write_measured
from grader.assignment.twins import twins_of
from grader.checks.checks import Check
from grader.checks.criteria import close
from grader.checks.seeds import plain_name
from grader.core.digest import digest
from grader.core.errors import AuthorError
from grader.core.observation import Fault
from grader.core.verdict import Outcome, own_name
from grader.grading.gaps import gap, widened
from grader.grading.judge import judge
from grader.grading.one_thread import one_thread
from grader.grading.reference_runs import ReferenceRuns
from grader.grading.shaken import Run, data_of, values_of
from grader.sandbox.sandbox import Sandbox

RUNS = ("base", "repeated", "together")  # of the variants; the others are settings of the CPU


@dataclass(frozen=True, slots=True)
class Wider:
    """A value that gets another tolerance on the device, as it is so far `apart` there from the saved one."""

    check: str
    value: str
    apart: float
    tolerance: float
    before: float


@one_thread()
def measure(
    assignment: Assignment,
    sandbox: Sandbox,
    *,
    jobs: int,
    done: Callable[[str], None],
    only: Collection[str] = (),
    dry_run: bool = False,
) -> list[Wider]:
    """Run the probes on the reference on the sandbox's device, and save how far off they are unless it is a `dry_run`.

    The files of expected values stay as they are. Of a number of names `only` those checks are run. Raises
    `AuthorError` with all problems found; then nothing is written.
    """
    checks = [each for each in (*assignment.checks, *twins_of(assignment)) if not only or own_name(each.name) in only]
    expected = load_expected(assignment, checks)
    runs = ReferenceRuns(assignment, sandbox, jobs, done).run_all(checks, RUNS)
    apart = {check.name: _apart(check, expected[check.name], runs) for check in checks}
    problems = [
        problem
        for check in checks
        for problem in _problems(assignment, widened(check, apart[check.name]), expected[check.name], runs, sandbox)
    ]
    if problems:
        raise AuthorError(problems)
    if not dry_run:
        _save(assignment, checks, apart, sandbox, keep=bool(only))
    return [wider for check in checks for wider in _wider(check, apart[check.name])]


def _apart(check: Check, expected: Expected, runs: Mapping[str, Run]) -> dict[str, float]:
    """How far each value that `close` compares is from the saved one at most; 0 where no number says it."""
    compared = {each.name for each in check.criteria if isinstance(each, close)}
    most = dict.fromkeys(sorted(compared), 0.0)
    for run in runs.values():
        for case in check.case_names:
            for name, value in values_of(run, check, case).items():
                plain = plain_name(name, check.seeds)
                if plain in compared and (far := gap(value, expected.values[case].get(name))) < float("inf"):
                    most[plain] = max(most[plain], far)
    return most


def _problems(
    assignment: Assignment, check: Check, expected: Expected, runs: Mapping[str, Run], sandbox: Sandbox
) -> list[str]:
    """Why students could not be held to the saved values on this device."""
    found = []
    for case in check.case_names:
        verdicts = (judge(check, case, run[check.name, case], expected.values[case], data_of(assignment, check))
                    for run in runs.values())  # fmt: skip
        failed = next((each for each in verdicts if each.outcome is not Outcome.PASSED), None)
        if failed:
            place = check.where if case is None else f"{check.where}[{case}]"
            by = "" if isinstance(runs["base"][check.name, case].result, Fault) else " with the saved values"
            remedy = "give it a larger tolerance, fewer steps, or do without `device`"
            found.append(
                f"{place}: on {sandbox.device} the reference gets {failed.outcome}{by}: {failed.message}; {remedy}"
            )
    return found


def _save(
    assignment: Assignment,
    checks: Collection[Check],
    apart: Mapping[str, Mapping[str, float]],
    sandbox: Sandbox,
    *,
    keep: bool,
) -> None:
    """Beside the files of the checks; with `keep`, what was measured for others stays."""
    made = {"torch": torch.__version__, "python": platform.python_version(), "gpu": sandbox.gpu_names}
    paths = {check.name: path_of(assignment, check) for check in checks}
    for folder in {path.parent for path in paths.values()}:
        new = {path.stem: Measured(digest(path.read_bytes()), apart[name], made)
               for name, path in paths.items() if path.parent == folder}  # fmt: skip
        write_measured(folder, sandbox.device, {**(read_measured(folder, sandbox.device) if keep else {}), **new})


def _wider(check: Check, apart: Mapping[str, float]) -> list[Wider]:
    """What is compared more generously there."""
    pairs = zip(check.criteria, widened(check, apart).criteria, strict=True)
    return [
        Wider(check.name, after.name, apart[after.name], after.atol, before.atol)
        for before, after in pairs
        if isinstance(before, close) and isinstance(after, close) and after.atol > before.atol
    ]
