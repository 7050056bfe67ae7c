"""Grades one submission where Gradescope laid it out.

Started as `python -m grader.integrations.gradescope_autograder [ROOT]`, by default /autograder.

ROOT/source                     the unpacked bundle of `grader.integrations.bundle`
ROOT/submission                 what the student submitted; never imported here
ROOT/submission_metadata.json   who, and when
ROOT/results/results.json       written whole, whatever happens; without a score where we failed
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.core.errors import AuthorError, SandboxError, UsageError
from grader.core.limits import Level
from grader.core.submission import is_id
from grader.core.verdict import Outcome
from grader.exports.gradescope import FAILED, failed_json, results_json
from grader.files.atomic import write_whole
from grader.grading.session import Checks, Session
from grader.integrations.bundle import SETTINGS
from grader.results.gradebook import build
from grader.results.marks import Graded
from grader.results.report import Report
from grader.results.row import Row
from grader.sandbox.levels import best_level
from grader.submissions.reading import read_submission

ROOT = Path("/autograder")
NOBODY = "student"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the bundle was made for."""

    assignment: Path
    lowest: Level


@dataclass(frozen=True, slots=True)
class Metadata:
    """What Gradescope tells of a submission, as far as it is used here; `submitted_at` is aware."""

    id: str = NOBODY
    submitted_at: datetime | None = None


def main(root: Path) -> None:
    """Write results.json, and say on standard output, which only the staff see, what went wrong."""
    try:
        results = grade_submission(root)
    except Exception as error:  # whatever it is, it is ours: no score, which is not a zero
        expected = isinstance(error, AuthorError | UsageError | SandboxError | OSError)
        print(error if expected else f"{type(error).__name__}: {error}")
        results = failed_json([FAILED])
    write_whole(root / "results" / "results.json", results)


def grade_submission(root: Path) -> bytes:
    """The content of results.json. Raises whatever keeps us from grading."""
    settings, metadata = _settings(root / "source"), _metadata(root / "submission_metadata.json")
    level, reason = best_level()
    said = f"Sandbox: {level}{f' ({reason})' if reason else ''}."
    print(said)
    if list(Level).index(level) > list(Level).index(settings.lowest):
        print(f"This autograder requires at least {settings.lowest}. If you trust your students not to forge results, "
              "build it again with `grader bundle gradescope ASSIGNMENT --sandbox separate`.")  # fmt: skip
        return failed_json([FAILED, said])
    secrets = [root / name for name in ("source", "submission", "submission_metadata.json", "results")]
    with Session.open(settings.assignment, level=level, checks=Checks.ALL, secrets=secrets) as session:
        if session.lacks:
            print(session.lacks)
        report, row = _grade(session, root / "submission", metadata)
    warning = "; it stops no attack" if level is Level.SEPARATE else ""
    return results_json(report, row, said=[f"Sandbox: {level}{warning}."])


def _grade(session: Session, folder: Path, metadata: Metadata) -> tuple[Report, Row]:
    manifest = session.assignment.manifest
    submission = read_submission(folder, manifest, id=metadata.id, handout=session.assignment.handout())
    report = replace(session.drawn_for(submission).grade(submission), submitted_at=metadata.submitted_at)
    book = build([Graded.of(report)], policy=manifest.late)
    for warning in book.warnings:
        print(warning.sentence())
    for verdict in report.ran:
        if verdict.outcome is Outcome.GRADER_ERROR:
            print(f"{verdict.name}: {verdict.message}")
    return report, book.rows[0]


def _settings(source: Path) -> Settings:
    try:
        read = json.loads((source / SETTINGS).read_bytes())
        return Settings(source / read["assignment"], Level(read["lowest"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{source / SETTINGS}: cannot be used ({error}); make the bundle again") from None


def _metadata(path: Path) -> Metadata:
    """What is known; a submission is graded without it, too."""
    try:
        read = json.loads(path.read_bytes())
        users = [each["email"] for each in read["users"]]
        created = datetime.fromisoformat(read["created_at"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(
            f"{path}: not in Gradescope's format ({type(error).__name__}: {error}); who submitted and when is not known"
        )
        return Metadata()
    known = [each for each in users if isinstance(each, str) and is_id(each)]
    return Metadata(known[0] if known else NOBODY, created if created.utcoffset() is not None else None)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
