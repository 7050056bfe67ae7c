"""Who shares a process with whom: it depends on the assignment alone, and on nothing that others may not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_course import write_assignment

from grader.assignment.assignment import load_assignment
from grader.grading.tasks import company, groups_of, tasks_of


@pytest.mark.parametrize(
    ("checks", "changed"),
    [
        ("one two three four", ""),
        ("new one two three", "one two three"),
        ("one new two three", "two three"),
        ("one three two", "two three"),
        ("one three", "three"),
        ("one", "one"),
        ("one two:alone three", "two three"),
    ],
)
def test_a_verdict_depends_on_what_ran_before_it(checks: str, changed: str, tmp_path: Path) -> None:
    """A new check at the end of a file has no other run again; one in the middle has those behind it."""
    before, after = _company(tmp_path / "before", "one two three"), _company(tmp_path / "after", checks)
    assert {name for name in before.keys() & after.keys() if before[name] != after[name]} == set(changed.split())


def _company(folder: Path, checks: str) -> Mapping[str, Sequence[str]]:
    source = ""
    for name, _, alone in (each.partition(":") for each in checks.split()):
        source += (
            f'@check(points=1, seconds=9, alone={bool(alone)}, expect=[equal("x")])\ndef {name}(hw):\n    """It."""\n'
        )
    return company(load_assignment(write_assignment(folder, source)))


def test_who_may_see_other_things_is_never_together(tmp_path: Path) -> None:
    """What one check withholds of its data, no other room with that data may show."""
    source = "".join(
        f'@check(points=1, seconds=9, expect=[equal("x")])\ndef {name}(hw):\n    """It."""\n'
        for name in ("plain", "other", "shows", "withholds", "alone")
    )
    assignment = load_assignment(write_assignment(tmp_path, source, hidden=source.replace("def ", "def hidden_")))
    about = {
        "shows": {"data": "digits"},
        "withholds": {"data": "digits", "withhold": ("labels",)},
        "alone": {"alone": True},
    }
    checks = tuple(replace(check, **about.get(check.name, {})) for check in assignment.checks)  # type: ignore[arg-type]
    groups = groups_of(replace(assignment, checks=checks), tasks_of(checks))
    public, hidden = [[task.check.name for task in group] for group in groups]
    assert public == ["plain", "other"]
    assert hidden == [f"hidden_{name}" for name in ("plain", "other", "shows", "withholds", "alone")]
