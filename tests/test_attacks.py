"""Every attack of `tests/attacks`, graded for real: it gains nothing, learns nothing, breaks nothing, leaves nothing.

By default: the attacks that are not slow, at the best level of this machine, and those on secrets, resources and the
host (B, D, E) at `restricted` too. With the environment variable GRADER_ATTACKS=all: every attack at both levels.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_course import (
    TALLIES,
    Alongside,
    Attack,
    Memory,
    Tally,
    Target,
    attacks,
    broken_promises,
    crashes,
    leaks,
    target,
)

from grader.limits import MIB, Level
from grader.report import Report
from grader.sandbox import Sandbox, best_level

ALL = os.environ.get("GRADER_ATTACKS") == "all"
# What a frame of the largest size costs the grader is a few copies of 64 MiB; what attacks send is far more.
MEMORY_CAP = 400 * MIB


@pytest.fixture(scope="module")
def attacked(best: Sandbox, secret: str) -> Iterator[Target]:
    """The course and the host that attacks aim at."""
    with target(best, secret) as made:
        assert full_marks(made.grade_honest(best))
        yield made


def full_marks(report: Report) -> bool:
    """Whether all probes passed."""
    return report.points == report.max_points == 4


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`attack` and `level` are what this run tries."""
    if {"attack", "level"} <= set(metafunc.fixturenames):
        tried = [(attack, level) for attack in attacks() for level in attack.levels if _is_tried(attack, level)]
        metafunc.parametrize(("attack", "level"), tried, ids=[f"{attack.name}-{level}" for attack, level in tried])


def _is_tried(attack: Attack, level: Level) -> bool:
    return ALL or (not attack.slow and (level is BEST or attack.row[:1] in ("B", "D", "E")))


BEST = best_level()[0]
if BEST is Level.SEPARATE:  # then every attack is skipped, with the reason
    BEST = Level.ISOLATED


def test_attack(attack: Attack, level: Level, start, attacked: Target, tmp_path: Path) -> None:
    """Verdicts are as the header says, no secret shows, nothing has changed, and the next student has full marks."""
    sandbox = start(level)
    before = attacked.state(sandbox)
    tally = TALLIES.setdefault(level, Tally())
    try:
        with Memory() as memory:
            if attack.parallel:
                with Alongside(attacked, sandbox) as neighbour:
                    report = attacked.grade(attack, sandbox, tmp_path)
                assert all(map(full_marks, neighbour.reports)), neighbour.reports
            else:
                report = attacked.grade(attack, sandbox, tmp_path)
    except Exception:
        tally.tried += 1
        tally.crashed += 1
        raise
    tally.count(attack, report, attacked.canaries)
    visitors = attacked.visitors()
    tally.leaked += len(visitors)
    assert broken_promises(attack, report) == []
    assert leaks(report, attacked.canaries) == []
    assert crashes(report) == []
    assert visitors == []
    assert memory.grown < MEMORY_CAP
    assert full_marks(attacked.grade_honest(sandbox))
    assert attacked.same(before, sandbox) == ""
    assert threading.active_count() < 20
