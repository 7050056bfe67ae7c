"""The audit of an assignment: which mistakes its checks catch, what they cost, and what the stub is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.assignment.assignment import Assignment
from grader.authoring.memory import Seen
from grader.authoring.mutants import Mutant
from grader.authoring.remarks import Remark
from grader.core.verdict import Outcome, is_twin, total
from grader.grading.grade import NOT_FINAL
from grader.grading.tasks import Task
from grader.results.stored import Stored

FEWEST = 5  # mutants that checks must fail for together before that says something
LOUD = frozenset({Outcome.RUNTIME_ERROR, Outcome.MISSING})


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one mutant.

    `failed` are the cases that it fails, of those that it was asked: all where `whole`, else up to the first failure;
    twins last.
    `lost` are the points that the mistake costs, where all were asked; `seconds` the processor time of its checks;
    `equivalent` the handout's sentence that allows it.
    """

    operator: str
    place: str
    function: str
    line: int
    old: str
    new: str
    diff: str
    failed: Mapping[str, Outcome]
    asked: tuple[str, ...]
    whole: bool
    lost: Fraction | None
    seconds: float
    equivalent: str = ""

    @property
    def by_error(self) -> bool:
        """Whether it was seen only by an error that it raises."""
        return bool(self.failed) and LOUD.issuperset(self.failed.values())

    @property
    def by_limit(self) -> bool:
        """Whether it was only seen to take too much time or memory, or to make the grader itself fail."""
        return bool(self.failed) and NOT_FINAL.issuperset(self.failed.values())

    @property
    def by_secret(self) -> bool:
        """Whether it was seen only under secret seeds."""
        return bool(self.failed) and all(is_twin(name.partition("[")[0]) for name in self.failed)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of some mutants were killed, how many survived, and how many of the survivors are equivalent."""

    name: str
    killed: int
    survived: int
    equivalent: int

    @classmethod
    def of(cls, name: str, results: Sequence[Result]) -> Rate:
        """Of these."""
        survivors = [each for each in results if not each.failed]
        equal = sum(bool(each.equivalent) for each in survivors)
        return cls(name, len(results) - len(survivors), len(survivors), equal)

    @property
    def tried(self) -> int:
        """All of them."""
        return self.killed + self.survived

    @property
    def real(self) -> int:
        """Those that are mistakes."""
        return self.tried - self.equivalent


@dataclass(frozen=True, slots=True)
class CheckRate:
    """How many mutants a check was asked about, and how many of them it has failed."""

    name: str
    hidden: bool
    points: int
    asked: int
    killed: int


@dataclass(frozen=True, slots=True)
class Stub:
    """The points of the untouched stub, and the checks that gave them."""

    points: Fraction
    checks: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Together:
    """Checks of which each fails whenever another does, and for how many mutants they did."""

    checks: tuple[str, ...]
    mutants: int


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another right solution, what it fails all the same, and the points that this costs."""

    name: str
    failed: Mapping[str, Outcome]
    lost: Fraction


@dataclass(frozen=True, slots=True)
class Audit:
    """All that an audit found. `made` are the mutants that there are, of which `results` has those that were run.

    `quiet` leaves out those that raise an error, which any check that runs them sees.
    `together` is told of those that were asked all; `stub` is None where students are given none.
    """

    assignment: str
    title: str
    max_points: Fraction
    made: int
    total: Rate
    quiet: Rate
    by_limit: int
    by_secret: int
    functions: tuple[Rate, ...]
    operators: tuple[Rate, ...]
    checks: tuple[CheckRate, ...]
    together: tuple[Together, ...]
    stub: Stub | None
    rewrites: tuple[Rewrite, ...]
    remarks: tuple[Remark, ...]
    seconds: float
    results: tuple[Result, ...]

    @property
    def survivors(self) -> list[Result]:
        """Mistakes that nothing catches."""
        return [each for each in self.results if not each.failed and not each.equivalent]

    @property
    def false_alarms(self) -> list[Rewrite]:
        """Right solutions that lose points."""
        return [each for each in self.rewrites if each.failed]

    @property
    def unfinished(self) -> int:
        """How many mutants the grader itself failed on."""
        return sum(Outcome.GRADER_ERROR in each.failed.values() for each in self.results)

    @property
    def idle(self) -> list[str]:
        """Checks that no mutant has failed."""
        return [each.name for each in self.checks if not each.killed]

    @property
    def by_cost(self) -> list[Result]:
        """Mistakes of which it is known how many points they cost, the dearest first."""
        known = [each for each in self.results if each.lost]
        return sorted(known, key=lambda each: each.lost or 0, reverse=True)


AUDIT = Stored(Audit, 1, "run `grader audit` again")


def result_of(mutant: Mutant, seen: Mapping[str, Seen], cases: Mapping[str, Task], equivalent: str) -> Result:
    """What became of a mutant, from its verdicts by the names of `cases`."""
    failed = {name: each.outcome for name, each in seen.items() if not each.passed}
    whole = seen.keys() >= {name for name, task in cases.items() if not task.check.is_twin}
    return Result(
        mutant.operator,
        mutant.place,
        mutant.function,
        mutant.line,
        mutant.old,
        mutant.new,
        mutant.diff,
        failed,
        tuple(seen),
        whole,
        _points(failed, cases) if whole else None,
        sum(each.seconds for each in seen.values()),
        equivalent,
    )


def stub_of(seen: Mapping[str, Seen], cases: Mapping[str, Task]) -> Stub:
    """What the stub is given."""
    failed = _without_points((name for name, each in seen.items() if not each.passed), cases)
    checks: dict[str, Fraction] = {}
    for task in cases.values():
        if task.name not in failed and task.check.points:
            checks[task.check.name] = checks.get(task.check.name, Fraction()) + task.check.points_per_case
    return Stub(total(checks.values()), checks)


def rewrite_of(name: str, seen: Mapping[str, Seen], cases: Mapping[str, Task]) -> Rewrite:
    """What became of another right solution."""
    failed = {name: each.outcome for name, each in seen.items() if not each.passed}
    return Rewrite(name, failed, _points(failed, cases))


def audit_of(
    assignment: Assignment,
    made: int,
    results: Iterable[Result],
    cases: Mapping[str, Task],
    *,
    stub: Stub | None,
    rewrites: Iterable[Rewrite],
    remarks: Iterable[Remark],
) -> Audit:
    """The audit, from what became of each mutant."""
    results = sorted(results, key=lambda each: (each.place, each.line, each.operator, each.new))
    failures = [{cases[name].check.probe_name for name in each.failed} for each in results]
    asked = [{cases[name].check.probe_name for name in each.asked} for each in results]
    return Audit(
        assignment.name,
        assignment.manifest.title,
        assignment.max_points,
        made,
        Rate.of("all", results),
        Rate.of("without an error", [each for each in results if not each.by_error]),
        sum(each.by_limit for each in results),
        sum(each.by_secret for each in results),
        _rates(results, lambda each: each.function),
        _rates(results, lambda each: each.operator),
        tuple(
            CheckRate(
                check.name,
                check.hidden,
                check.points,
                sum(check.name in each for each in asked),
                sum(check.name in each for each in failures),
            )
            for check in assignment.checks
        ),
        _together([failed for failed, each in zip(failures, results, strict=True) if each.whole]),
        stub,
        tuple(rewrites),
        tuple(remarks),
        sum(each.seconds for each in results),
        tuple(results),
    )


def _points(failed: Iterable[str], cases: Mapping[str, Task]) -> Fraction:
    worth = {task.name: task.check.points_per_case for task in cases.values()}
    return total(worth[each] for each in _without_points(failed, cases))


def _without_points(failed: Iterable[str], cases: Mapping[str, Task]) -> set[tuple[str, str | None]]:
    """The names of the tasks whose points are lost: those that have failed, or whose twins have."""
    return {(cases[name].check.probe_name, cases[name].case) for name in failed}


def _rates(results: Sequence[Result], name: Callable[[Result], str]) -> tuple[Rate, ...]:
    """By name, the worst first."""
    named: dict[str, list[Result]] = {}
    for each in results:
        named.setdefault(name(each), []).append(each)
    rates = (Rate.of(name, those) for name, those in named.items())
    return tuple(sorted(rates, key=lambda rate: (rate.killed / max(rate.real, 1), -rate.survived, rate.name)))


def _together(failures: Sequence[set[str]]) -> tuple[Together, ...]:
    """Checks that fail for the same mutants, and for several."""
    alike: dict[frozenset[int], list[str]] = {}
    for name in sorted(set().union(*failures)):
        alike.setdefault(frozenset(number for number, each in enumerate(failures) if name in each), []).append(name)
    groups = (Together(tuple(names), len(where)) for where, names in alike.items() if len(names) > 1)
    return tuple(group for group in groups if group.mutants >= FEWEST)
