"""What students ask about their points, by mail or in person, and what the staff replied: kept until it is replied to.

A request is about a check or a written question. The student's page has the reply; other points are given as always.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import visible
from grader.results.acts import Act, Flag, Request
from grader.results.decisions import Decisions, add_decisions, read_decisions, require_marker, time_after
from grader.results.lock import deciding
from grader.results.report import Report

TEXT_LIMIT = 4000


def ask(results: Path, report: Report, id: str, part: str, text: str, *, marker: str) -> None:
    """Note what the student of this `id` asks about a check or a written question. Raises `UsageError`.

    An answer that is asked about is flagged, until there is a reply.
    """
    _add(results, report, id, part, text, is_open=True, marker=marker)


def reply(results: Path, report: Report, id: str, part: str, text: str, *, marker: str) -> None:
    """Reply to what was asked. Raises `UsageError`, also where nothing was."""
    _add(results, report, id, part, text, is_open=False, marker=marker)


def open_requests(decisions: Decisions) -> list[Request]:
    """Those without a reply, the oldest first."""
    latest = (those[-1] for those in decisions.requests.values())
    return sorted((each for each in latest if each.open), key=lambda each: each.at)


def replies(decisions: Decisions, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What was replied to these students, by the check or question."""
    found: dict[str, tuple[str, ...]] = {}
    for (id, part), those in decisions.requests.items():
        if id in ids and (texts := tuple(each.text for each in those if not each.open)):
            found[part] = found.get(part, ()) + texts
    return found


def _add(results: Path, report: Report, id: str, part: str, text: str, *, is_open: bool, marker: str) -> None:
    require_marker(marker)
    said, questions = _said(text), [each.id for each in report.answers]
    parts = dict.fromkeys([*(each.check for each in report.verdicts), *questions])
    if part not in parts:
        raise UsageError(f"{id} has no check or question {part}; use {' or '.join(parts) or 'none'}")
    with deciding(results):
        before = read_decisions(results)
        those = before.requests.get((id, part), ())
        if not is_open and not (those and those[-1].open):
            raise UsageError(f"{id} {part}: there is no request without a reply; load the page again")
        at = time_after(before)
        acts: list[Act] = [Request(id, part, said, is_open, marker, at)]
        if part in questions:
            acts.append(Flag(report.submission_id, part, is_open, marker, at))
        add_decisions(results, marker, acts)


def _said(text: str) -> str:
    """On one line, as in a sheet. Raises `UsageError`."""
    if not text.strip():
        raise UsageError("a request and a reply need words: say what was asked, or what the student is to know")
    return visible(" ".join(text.split()), TEXT_LIMIT)
