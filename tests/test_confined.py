"""Nothing hostile in these tests starts unconfined, on any machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from attack_course import attacks
from tiny_course import Course

from grader.core.limits import Level
from grader.grading.grade import grade
from grader.sandbox.sandbox import Sandbox


def test_no_attack_starts_at_the_level_separate(tiny: Course, tmp_path: Path) -> None:
    """Each is refused before a process of it runs: nothing of it is written, not even where it works."""
    with Sandbox(Level.SEPARATE) as sandbox:
        for each in attacks():
            submission = each.submission(tmp_path, f"MARK = {str(tmp_path / 'started')!r}\n")
            with pytest.raises(pytest.skip.Exception, match="nothing that may be hostile starts below the level"):
                grade(tiny.context, submission, sandbox)


@pytest.mark.harmless
def test_code_of_ours_may_start_there(tiny: Course, tmp_path: Path) -> None:
    """The refusal above is the guard's: with the mark the same call runs."""
    with Sandbox(Level.SEPARATE) as sandbox:
        report = tiny.grade(sandbox)
    assert report.points == report.max_points
