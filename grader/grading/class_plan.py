"""What to do for a class: what its downloads hold, and what the teacher and earlier runs say of it.

A class is the sum of its downloads: a run adds what its downloads have, and replaces by student. Imports nothing that
loads torch, so that a teacher's mistake is reported at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from grader.assignment.handout import Handout
from grader.assignment.manifest import Manifest, manifest_to_grade
from grader.core.errors import UsageError
from grader.grading.earlier import Earlier, with_earlier_files
from grader.results.folder import Class, find_class, save_class
from grader.results.judged import digests_of, keep_files
from grader.results.lateness import LateEntry, read_late
from grader.submissions.groups import read_groups
from grader.submissions.intake import Plan, plan, refuse_unrecognised, total
from grader.submissions.pending import Entry, Quarantined
from grader.submissions.rivals import Came
from grader.submissions.roster import read_roster
from grader.submissions.who_table import read_who


@dataclass(frozen=True, slots=True)
class Asked:
    """What the teacher says about a class, in files: who is in it and in which group, whose a file is, who is late.

    `called` is the assignment's name on the platform, where a download has several. `only` are ids; none mean all.
    `student_text` is whether students are shown what they wrote; None as in the last run, and yes in the first. `drop`
    is whether what only earlier downloads had is no longer of the class.
    """

    roster: Path | None = None
    groups: Path | None = None
    who: Path | None = None
    called: str | None = None
    late: Path | None = None
    file_times: bool = False
    only: Sequence[str] = ()
    student_text: bool | None = None
    drop: bool = False


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """A class before a run: what the downloads hold, what is kept of the class, and the submissions to grade.

    `remembered` names what is known from the last run into the same folder, `kept` are the names of the submissions of
    earlier downloads, and `replaced` those that a submission of another download replaces. `before` is what the class
    was when it was planned, `handout` the files that students started from, by path.
    """

    download: Plan
    record: Class
    entries: tuple[Entry, ...]
    is_whole: bool
    remembered: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    before: Class | None = None
    handout: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def aside(self) -> tuple[Quarantined, ...]:
        """What is quarantined, where its reports are to be written."""
        return self.download.quarantined if self.is_whole else ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All of whom a report is to be written."""
        return (*(entry.id for entry in self.entries), *(each.name for each in self.aside))


def plan_class(folder: Path, sources: Sequence[Path], results: Path, asked: Asked) -> ClassPlan:
    """What to do for the assignment in `folder` with these downloads. Writes nothing.

    Raises `AuthorError` and `UsageError`.
    """
    manifest = manifest_to_grade(folder)
    handout = Handout.of(folder, manifest).files
    before = _before(results, folder.name)
    roster = read_roster(asked.roster) if asked.roster else before.roster if before else None
    groups = read_groups(asked.groups) if asked.groups else before.groups if before else None
    who = read_who(asked.who) if asked.who else None
    read = partial(
        plan, roster=roster, groups=groups, who=who, manifest=manifest, assignment=asked.called, apart=results
    )
    listed = _listed(sources, asked, before)
    given = [read(source) for source in sources]
    refuse_unrecognised(sources, given, who)
    earlier = Earlier(None if asked.drop else before)
    plans = with_earlier_files(given, earlier, manifest, read)
    download = earlier.without_older(total(plans, roster=roster, manifest=manifest))
    entries = _chosen(download, asked.only)
    by_file_times = asked.file_times or bool(before and before.by_file_times)
    taken = (
        entries if not asked.only else [each for each in download.entries if each in entries or earlier.is_new(each)]
    )
    whose = {entry.id: entry.members for entry in taken} | {each.name: each.claimed for each in download.quarantined}
    kept = earlier.kept(taken, download.quarantined)
    there = {id for members in (*whose.values(), *kept.values()) for id in members}
    download = replace(download, missing=tuple(each for each in download.missing if each.id not in there))
    record = Class(
        folder.name,
        manifest.title,
        submissions=tuple(sorted(whose | kept)),
        missing=tuple(person.id for person in download.missing),
        policy=manifest.late,
        late=_late(folder, manifest, asked.late, before),
        roster=roster,
        groups=groups,
        by_file_times=by_file_times,
        student_text=_student_text(asked, before),
        members=whose | kept,
        names={**earlier.names, **download.names(roster)},
        set_aside=(
            *(each.name for each in download.quarantined),
            *(each for each in earlier.set_aside if each in kept),
        ),
        came={entry.id: Came.of(entry) for entry in taken}
        | {id: earlier.came[id] for id in kept if id in earlier.came},
        listed=listed,
        handout=digests_of(handout),
        version=before.version if before else {},
        pending=tuple(each for each in before.pending if each in whose | kept) if before else (),
    )
    dated = [entry.dated() for entry in entries] if by_file_times else entries
    return ClassPlan(
        download,
        record,
        tuple(dated),
        not asked.only,
        _remembered(asked, before),
        tuple(sorted(kept)),
        earlier.replaced(taken),
        before,
        handout,
    )


def make_results(results: Path) -> None:
    """Make the folder of results. Raises `UsageError` where it cannot be made."""
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{results}: no folder for results ({error.strerror}); name another with --out") from None


def record_class(plan: ClassPlan, results: Path) -> None:
    """Write down the class as it is planned. Nobody else may write into `results` from here on (`lock.only_writer`).

    Raises `UsageError` where somebody did since the plan was made.
    """
    if find_class(results) != plan.before:
        raise UsageError(f"{results}: another run has changed the class meanwhile; run the same command again")
    keep_files(results, plan.handout.values())
    save_class(results, replace(plan.record, pending=tuple(sorted({*plan.record.pending, *plan.ids}))))


def _before(results: Path, assignment: str) -> Class | None:
    """What an earlier run into the same folder knows of the class; None where there was no such run."""
    before = find_class(results)
    if before and before.assignment != assignment:
        raise UsageError(f"{results}: has the results of {before.assignment}; name another folder with --out")
    return before


def _listed(sources: Sequence[Path], asked: Asked, before: Class | None) -> tuple[str, ...]:
    """The downloads of which a list says whose everything is; without it, their names would say something else."""
    listed = set(before.listed if before and not asked.drop else ())
    for source in sources:
        if asked.who:
            listed.add(str(source.resolve()))
        elif str(source.resolve()) in listed:
            raise UsageError(f"{source}: a list said whose it is in the last run; give it again with --who")
    return tuple(sorted(listed))


def _student_text(asked: Asked, before: Class | None) -> bool:
    if asked.student_text is None:
        return before is None or before.student_text
    return asked.student_text


def _remembered(asked: Asked, before: Class | None) -> tuple[str, ...]:
    if before is None:
        return ()
    said = {
        "roster": before.roster,
        "groups": before.groups,
        "late list": before.late,
        "file times": before.by_file_times,
        "no student text": asked.student_text is None and not before.student_text,
    }
    return tuple(name for name, value in said.items() if value)


def _late(folder: Path, manifest: Manifest, late: Path | None, before: Class | None) -> Mapping[str, LateEntry]:
    words = read_late(late) if late else before.late if before else {}
    if words and manifest.late is None:
        said = late or "the late list of the last run"
        raise UsageError(
            f"{folder}/assignment.toml: it has no [late], so {said} has no effect; add [late], or give an empty list"
        )
    return words


def _chosen(download: Plan, only: Sequence[str]) -> list[Entry]:
    """The entries of the ids that are asked for, or of a member of theirs; all without any."""
    ids = [id for entry in download.entries for id in (*entry.members, entry.id)]
    for id in only:
        if id not in ids:
            raise UsageError(f"--only {id}: {_why_not_there(id, download, ids)}")
    return [entry for entry in download.entries if not only or {entry.id, *entry.members} & set(only)]


def _why_not_there(id: str, download: Plan, ids: Sequence[str]) -> str:
    if any(person.id == id for person in download.missing):
        return "is in the roster, but submitted nothing; leave it out"
    set_aside = next((each.reason for each in download.quarantined if id in (each.name, *each.claimed)), None)
    if set_aside:
        return f"is quarantined: {set_aside}"
    near = ", ".join(difflib.get_close_matches(id, ids, 3, 0.5))
    return f"no submission has this id; {f'similar: {near}' if near else 'see `grader intake`'}"
