"""Whether a verdict depends on which secret seed was drawn: `python -m benchmarks.seeds cnn --seeds 20`.

The reference, its rewrites, and with `--class FOLDER` the submissions of a class are graded under so many sets of fresh
secret seeds, as when a class is graded: a case that has passed with the published seeds is asked under the secret ones,
and what it gives there is judged by what the reference gives. Right code must pass under all; whatever else is
submitted must get one verdict for each case. One line a submission, exit code 1 where any differs. `--each 4` grades
a submission under four of the sets only, the next under the next four: less is tried of each, and every set by some.

Where the last digits of sums decide under a seed, `regenerate` does not keep it. So what differs is asked again as
`regenerate` asks: a seed that it would draw again is told, and does not count.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import Expected
from grader.assignment.manifest import find_assignment
from grader.assignment.twins import has_twin, new_seeds, twin_of
from grader.authoring.rewrites import read_rewrites
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.observation import Fault, Values
from grader.core.submission import Submission
from grader.core.verdict import Outcome, own_name
from grader.grading.context import prepare
from grader.grading.observe import observe
from grader.grading.reference import read_reference
from grader.grading.reference_runs import ReferenceRuns
from grader.grading.session import Session
from grader.grading.shaken import steady_seeds
from grader.grading.tasks import tasks_of
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan

Outcomes = Mapping[str, Outcome]  # by case

SHOWN = 3  # cases that differ, of one submission


def main() -> None:
    """Grade everything under every set, and print what differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("assignment")
    parser.add_argument("--seeds", type=int, default=20, help="sets of secret seeds")
    parser.add_argument("--each", type=int, help="how many of the sets each submission is graded under; default: all")
    parser.add_argument("--class", dest="folder", type=Path, help="a folder of submissions, graded too")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    level, _ = best_level()
    if level is Level.SEPARATE:
        sys.exit("this machine gives no level at which students' code may run; see `grader doctor`")
    began = time.monotonic()
    with Sandbox(level) as sandbox, ThreadPoolExecutor(asked.jobs) as pool:
        assignment = load_assignment(find_assignment(asked.assignment))
        published = Session(sandbox, prepare(assignment, [each for each in assignment.checks if has_twin(each)]))
        reference = read_reference(assignment)
        right = {"reference": reference, **read_rewrites(assignment, reference)}
        others = _class(assignment, asked.folder) if asked.folder else {}
        sets = [*pool.map(lambda _: _under_fresh_seeds(published, reference), range(asked.seeds))]
        print(f"{assignment.name}: {len(sets)} sets of seeds for {len(published.context.checks)} checks", flush=True)
        everything = [*right.items(), *others.items()]
        each = min(asked.each or len(sets), len(sets))
        turns = [[sets[(number * each + at) % len(sets)] for at in range(each)] for number in range(len(everything))]
        graded = pool.map(lambda named, mine: _graded(published, mine, named[1]), everything, turns)
        differ, drawn_again = 0, _DrawnAgain(published)
        for number, ((name, _), mine, outcomes) in enumerate(zip(everything, turns, graded, strict=True)):
            kept = drawn_again.without(mine, outcomes)
            found = _differing(kept, must_pass=number < len(right))
            differ += bool(found)
            print(f"  {number + 1}/{len(everything)} {name}: {'; '.join(found[:SHOWN]) or _alike(kept)}", flush=True)
        for each in drawn_again.told:
            print(f"  would be drawn again: {each}")
    print(
        f"{assignment.name}: {len(right)} right and {len(others)} other submissions under {each} of {len(sets)} sets "
        f"of seeds, {differ} with a verdict that differs ({time.monotonic() - began:.0f} s)"
    )
    sys.exit(differ > 0)


def _class(assignment: Assignment, folder: Path) -> dict[str, Submission]:
    """The submissions of a class, by id."""
    with tempfile.TemporaryDirectory() as work:
        entries = plan(folder, manifest=assignment.manifest).entries
        return {each.id: each.read(assignment.manifest, Path(work), assignment.handout()) for each in entries}


def _under_fresh_seeds(published: Session, reference: Submission) -> Session:
    """A session whose checks are the twins of those of `published`, under seeds that nobody has seen."""
    context, sandbox = published.context, published.sandbox
    twins = {check.name: twin_of(check, new_seeds(check.seeds)) for check in context.checks}
    values: dict[str, dict[str | None, Values]] = {each.name: {} for each in twins.values()}
    for each in observe(sandbox, context.assignment, reference.files, tasks_of([*twins.values()]), patient=True):
        assert each.observation, each.trouble
        result = each.observation.result
        if isinstance(result, Fault):
            raise UsageError(f"{each.task.check.where}: the reference gets {result.outcome}: {result.message}")
        values[each.task.check.name][each.task.case] = result
    return Session(
        sandbox,
        replace(
            context,
            checks=tuple(twins.values()),
            expected={name: Expected(named, "", "", {}, {}) for name, named in values.items()},
            given={twins[name].name: data for name, data in context.given.items()},
            judgements=dict.fromkeys(values, ""),
        ),
    )


def _graded(published: Session, sets: Sequence[Session], submission: Submission) -> list[Outcomes]:
    """The verdicts that count, under each set."""
    own = published.grade(submission)
    reports = [session.hidden(submission, own) for session in sets]
    final = (
        session.again(submission, each) if each.waiting else each for session, each in zip(sets, reports, strict=True)
    )
    return [{verdict.name: verdict.outcome for verdict in report.verdicts} for report in final]


class _DrawnAgain:
    """The checks of a set under whose seed right code could fail, as `regenerate` finds it: asked where they differ."""

    def __init__(self, published: Session) -> None:
        self._published = published
        self._known: dict[tuple[int, str], bool] = {}

    @property
    def told(self) -> list[str]:
        """Those that were found."""
        return [own_name(check) for (_, check), refused in self._known.items() if refused]

    def without(self, sets: Sequence[Session], outcomes: Sequence[Outcomes]) -> list[Outcomes]:
        """The verdicts, but for cases that do not get the same and whose seed would be drawn again."""
        apart = {name for name in outcomes[0] if len({each[name] for each in outcomes}) > 1}
        return [
            {name: one for name, one in each.items() if name not in apart or not self._is_refused(session, name)}
            for session, each in zip(sets, outcomes, strict=True)
        ]

    def _is_refused(self, session: Session, case: str) -> bool:
        check = case.partition("[")[0]
        if (id(session), check) not in self._known:
            assignment = session.context.assignment
            (twin,) = (each for each in session.context.checks if own_name(each.name) == own_name(check))
            (own,) = (each for each in self._published.context.checks if each.name == own_name(check))
            runs = ReferenceRuns(assignment, session.sandbox, 2, lambda name: None).run_all((own, twin))
            steady = steady_seeds(assignment, own, twin, runs)
            self._known[id(session), check] = len(steady) < len(twin.seeds)
        return self._known[id(session), check]


def _differing(outcomes: Sequence[Outcomes], *, must_pass: bool) -> list[str]:
    """The cases that do not get the same under all sets, or that right code does not pass."""
    names = dict.fromkeys(name for each in outcomes for name in each)
    found = {name: Counter(each[name] for each in outcomes if name in each) for name in names}
    return [
        f"{name} {', '.join(f'{outcome} {times}' for outcome, times in counts.items())}"
        for name, counts in found.items()
        if len(counts) > 1 or (must_pass and Outcome.PASSED not in counts)
    ]


def _alike(outcomes: Sequence[Outcomes]) -> str:
    passed = sum(each is Outcome.PASSED for each in outcomes[0].values())
    return f"{passed} of {len(outcomes[0])} cases pass under all {len(outcomes)}"


if __name__ == "__main__":
    main()
