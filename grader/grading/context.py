"""What grading needs beside a submission, loaded once: nothing of it ever enters the sandbox."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from grader.assignment.assignment import Assignment
from grader.assignment.expected import Expected, judgement_digest, load_expected
from grader.assignment.measured import measured_on
from grader.checks.checks import Check
from grader.core.digest import digest
from grader.core.verdict import Outcome, Verdict, is_twin
from grader.core.version import VERSION
from grader.grading.environment import installed, judging
from grader.grading.gaps import widened
from grader.grading.one_thread import one_thread
from grader.grading.tasks import Task, company, tasks_of
from grader.results.report import Answer, version_of


@dataclass(frozen=True, slots=True)
class GradingContext:
    """Everything that grading needs beside a submission, loaded once: nothing of it ever enters the sandbox."""

    assignment: Assignment
    checks: tuple[Check, ...]
    expected: Mapping[str, Expected]
    given: Mapping[str, Mapping[str, Tensor]]
    provenance: Mapping[str, str]
    judgements: Mapping[str, str]  # by check, a digest of all that its verdicts depend on beside the submission
    chosen: Collection[tuple[str, str | None]] | None = None  # the cases to run, where not all
    parts: bool = False  # whether those may share a process though they are a part of what may (see `groups_of`)
    answers_stand: bool = False  # whether the written answers are known, and need not be read

    @property
    def tasks(self) -> list[Task]:
        """The cases that are run, in order."""
        return [task for task in tasks_of(self.checks) if self.chosen is None or task.name in self.chosen]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The written questions, without any answer."""
        return tuple(
            Answer(each.id, each.title, each.prompt, tuple((line.points, line.text) for line in each.rubric), None)
            for each in self.assignment.manifest.questions
        )

    @property
    def versions(self) -> dict[str, str]:
        """By check, a digest of all of the assignment, and of grader, that its verdicts depend on."""
        manifest, provided = self.assignment.manifest, self.assignment.provided
        shape = manifest.model_dump_json(include={"form", "package", "files", "notebook", "skip_calls", "limits"})
        files = (part for name in sorted(provided) for part in (name, provided[name]))
        questions = (each.id for each in manifest.questions)  # a check's texts under these names become answers
        common = digest(shape, self.provenance["grader"], *questions, *files)
        return {name: digest(common, judgement)[:32] for name, judgement in self.judgements.items()}

    @property
    def version(self) -> dict[str, str]:
        """What `Report.version` is of the reports by this context."""
        own = {name: version for name, version in self.versions.items() if not is_twin(name)}
        return own | version_of(self.answers)

    def only(self, names: Collection[str]) -> GradingContext:
        """The same for some of the checks."""
        checks = tuple(check for check in self.checks if check.name in names)
        return replace(self, checks=checks, judgements={check.name: self.judgements[check.name] for check in checks})

    def public(self) -> GradingContext:
        """The same for the checks that students have."""
        return self.only({check.name for check in self.checks if not check.hidden})

    def hidden(self) -> GradingContext:
        """The same for the checks of which students see outcomes only, twins included."""
        return self.only({check.name for check in self.checks if check.hidden})

    def asking(self, choose: Callable[[Sequence[int]], int]) -> GradingContext:
        """The same with one secret seed for each twin: the one chosen of all that have expected values."""

        def asked(check: Check) -> Check:
            return replace(check, seeds=(choose(self.expected[check.name].seeds),)) if check.is_twin else check

        return replace(self, checks=tuple(map(asked, self.checks)))

    def due(self, verdicts: Iterable[Verdict]) -> GradingContext:
        """The same without the twins of public cases that have not passed: their points are lost already."""
        lost = {(each.check, each.case) for each in verdicts if not each.hidden and each.outcome is not Outcome.PASSED}
        return replace(self, checks=tuple(_due(self.checks, lost)))


def _due(checks: Iterable[Check], lost: Collection[tuple[str, str | None]]) -> Iterator[Check]:
    for check in checks:
        left = [case for case in check.case_names if not check.is_twin or (check.probe_name, case) not in lost]
        if left:
            yield replace(check, cases={case: check.cases[case] for case in left if case is not None})


@one_thread()
def prepare(assignment: Assignment, checks: Sequence[Check], *, device: str = "cpu") -> GradingContext:
    """Load expected values and data for `checks`. Raises `AuthorError` where any are missing or stale.

    On a device other than the CPU values are compared with the tolerance that was measured there.
    """
    expected = load_expected(assignment, checks)
    measured = measured_on(assignment, checks, device)
    checks = [widened(check, measured[check.name]) if check.name in measured else check for check in checks]
    own = [(name, each) for name, each in sorted(expected.items()) if not is_twin(name)]  # pages show provenance
    given = {check.name: load_file(path) for check in checks if (path := assignment.data_file(check))}
    provenance = {
        "grader": VERSION,
        "judging": judging(),
        "torch": str(torch.__version__),  # it is of a class of its own
        "packages": installed(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {cpu_name()}",
        "assignment": assignment.digest(),
        "expected": digest(*(part for name, each in own for part in (name, each.digest, each.reference))),
    }
    beside = company(assignment)
    there = {name: json.dumps(apart, sort_keys=True) for name, apart in measured.items()}
    judgements = {
        check.name: digest(
            judgement_digest(assignment, check),
            *beside.get(check.name, ()),
            *([there[check.name]] if check.name in there else []),
        )
        for check in checks
    }
    return GradingContext(assignment, tuple(checks), expected, given, provenance, judgements)


def cpu_name() -> str:
    """The processor's own name, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
