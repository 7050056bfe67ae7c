"""Gradescope's export of submissions, with a list beside it of who submitted which."""

from __future__ import annotations

from grader.core.errors import UsageError
from grader.files.tree import Kind, Node
from grader.files.zips import Unsafe
from grader.submissions.layouts.base import ClaimedSubmission, Download, LayoutMatch, Rejected
from grader.submissions.layouts.gradescope_metadata import Record, Submitter, read_metadata
from grader.submissions.unpacking import SubmittedFile

METADATA = "submission_metadata.yml"
METADATA_CAP = 1 << 30  # read line by line


def gradescope(download: Download) -> LayoutMatch | None:
    """`submission_<number>/`, with a list beside it of who that is."""
    listed = [node for node in download.nodes if node.name == METADATA and node.kind is Kind.FILE]
    if not listed:
        return None
    try:
        records = read_metadata(listed[0].chunks(METADATA_CAP))
    except (Unsafe, OSError) as error:
        raise UsageError(f"{METADATA}: cannot be read ({error}); export the submissions again") from None
    if records is None:
        raise UsageError(f"{METADATA}: not in Gradescope's format; export the submissions again")
    submissions, rejected = [], []
    nodes = [node for node in download.nodes if node.name != METADATA]
    for node in nodes:
        found = _of_record(node, records.get(node.name))
        if isinstance(found, ClaimedSubmission):
            submissions.append(found)
        else:
            rejected.append(found)
    gone = sorted(records.keys() - {node.name for node in nodes})
    odd = (f"{METADATA} lists {', '.join(gone[:5])}{' and more' if gone[5:] else ''}, not in the download",)
    return LayoutMatch("Gradescope export", tuple(submissions), tuple(rejected), odd if gone else ())


def _of_record(node: Node, record: Record | None) -> ClaimedSubmission | Rejected:
    if not record:
        return Rejected(node.name, f"not listed in {METADATA}, so it is not known whose it is")
    members = tuple(_ids(each) for each in record.submitters)
    if not record.readable or not members or not all(members):
        return Rejected(node.name, f"{METADATA} does not say clearly whose it is; look at it by hand")
    name = ", ".join(each.name for each in record.submitters if each.name)
    file = SubmittedFile("" if node.kind is Kind.FOLDER else node.name, node)
    return ClaimedSubmission(node.name, members, (file,), name=name, group=node.name, submitted_at=record.created_at)


def _ids(submitter: Submitter) -> tuple[str, ...]:
    return tuple(id for id in (submitter.sid, submitter.email) if id)
