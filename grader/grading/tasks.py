"""Tasks: the cases of checks, what became of each, and which of them may share a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.assignment.assignment import Assignment
from grader.checks.checks import Check
from grader.core.observation import Observation


@dataclass(frozen=True, slots=True)
class Task:
    """One case of one check."""

    check: Check
    case: str | None

    @property
    def name(self) -> tuple[str, str | None]:
        """Of all tasks of an assignment only this one's."""
        return self.check.name, self.case

    @property
    def label(self) -> str:
        """`check` or `check[case]`, as pytest writes ids."""
        return self.check.name if self.case is None else f"{self.check.name}[{self.case}]"


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


def groups_of(assignment: Assignment, tasks: Sequence[Task], *, parts: bool = False) -> list[list[Task]]:
    """Those of the tasks that may share a process, each with all others that may see the same things, in order.

    A group of which not all are among the tasks is none: who passes by what others leave behind would pass in one run
    and fail in another. With `parts` it is one all the same, for somebody who waits. Twins come last, and are a group
    however many they are: which of them are due, each submission decides.
    """
    asked = {task.name: task for task in tasks}
    groups = ([asked.get(task.name) for task in group] for group in _groups(assignment))
    there = ((len(group), [task for task in group if task]) for group in groups)
    found = [some for size, some in there if len(some) == size or (parts and len(some) > 1)]
    twins = [task for task in tasks if task.check.is_twin and _may_share(assignment, task)]
    return [*found, *([twins] if len(twins) > 1 else [])]


def company(assignment: Assignment) -> dict[str, list[str]]:
    """By check, what runs in its process until its last case is over, in order; nothing for one that shares none."""
    found: dict[str, list[str]] = {check.name: [] for check in assignment.checks}
    for group in _groups(assignment):
        names = [f"{task.check.name}[{task.case}]" for task in group]
        for position, task in enumerate(group, 1):
            found[task.check.name] = names[:position]
    return found


def _groups(assignment: Assignment) -> list[list[Task]]:
    """All that may share a process, but twins. Public and hidden ones never do."""
    may = [task for task in tasks_of(assignment.checks) if _may_share(assignment, task)]
    groups = ([task for task in may if task.check.hidden is hidden] for hidden in (False, True))
    return [group for group in groups if len(group) > 1]


def _may_share(assignment: Assignment, task: Task) -> bool:
    """Whether its check neither is to run `alone`, nor has data of which any check withholds some: rooms show data."""
    withheld = {check.data for check in assignment.checks if check.withhold}
    return not task.check.alone and (task.check.data or "") not in withheld
