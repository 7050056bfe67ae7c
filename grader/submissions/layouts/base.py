"""What a layout is: a way of naming submissions in a download, and whose submission each name says it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.files.tree import IGNORED, Kind, Node
from grader.files.zips import Unsafe, name_problem
from grader.submissions.groups import Groups
from grader.submissions.roster import Roster
from grader.submissions.unpacking import ARCHIVES, OPENED, SubmittedFile
from grader.submissions.who_table import WhoTable

NUMBER = "[1-9][0-9]{0,18}"  # an id that a platform gives
JUNK = {"thumbs.db", "desktop.ini"}
BESIDE = (
    ".csv",
    ".md",
    ".log",
    ".xlsx",
    ".html",
    ".json",
    ".yml",
    ".yaml",
    ".toml",
)  # what people keep beside submissions
TEXT_CAP = 64 << 20
LOOSE = (*OPENED, ".py", ".ipynb")


@dataclass(frozen=True, slots=True)
class ClaimedSubmission:
    """What a layout says of one submission: who submitted it, and which files it is.

    Each member is the ids by which one person is known, best first. `team` is the name under which it may be a group's;
    where there are no members it is one's. `group` is the id that a group has whose members' ids are too long together.
    """

    source: str
    members: tuple[tuple[str, ...], ...]
    files: tuple[SubmittedFile, ...]
    name: str = ""
    group: str = ""
    team: str = ""
    late: bool = False
    submitted_at: datetime | None = None
    named_by_platform: bool = True


@dataclass(frozen=True, slots=True)
class Rejected:
    """A name in the download that is nobody's submission, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class LayoutMatch:
    """A download as one layout reads it; `layout` describes it for people."""

    layout: str
    submissions: tuple[ClaimedSubmission, ...]
    rejected: tuple[Rejected, ...] = ()
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """The folder that holds the submissions: its name, what is in it, and what helps to read it.

    Where a person has said in a table whose it is, `who` decides.
    """

    name: str
    nodes: tuple[Node, ...]
    roster: Roster | None = None
    groups: Groups | None = None
    who: WhoTable | None = None
    assignment: str | None = None

    def in_roster(self, id: str) -> bool:
        """Whether somebody in the course has the id."""
        return bool(self.roster and self.roster.find(id))


def visible_nodes(folder: Node) -> tuple[Node, ...]:
    """What a folder holds but for what systems leave behind; nothing where it cannot be listed."""
    try:
        nodes = folder.children()
    except OSError:
        return ()
    return tuple(
        node
        for node in nodes
        if not node.name.startswith(".") or node.problem
        if node.name not in IGNORED and node.name.lower() not in JUNK
    )


def usable_nodes(nodes: Sequence[Node]) -> tuple[tuple[Node, ...], tuple[Rejected, ...]]:
    """The nodes whose names can be read, and the others with the reason."""
    usable, rejected = [], []
    for node in nodes:
        problem = node.problem or name_problem(node.name)
        if problem:
            rejected.append(Rejected(node.name, f"cannot be used: {problem}"))
        else:
            usable.append(node)
    return tuple(usable), tuple(rejected)


def beginning(node: Node) -> str:
    """The first lines of a text that a platform has written; nothing where it cannot be read."""
    try:
        return next(iter(node.chunks(TEXT_CAP)), b"").decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    except (Unsafe, OSError):
        return ""


def most(download: Download, fits: Callable[[Node], object]) -> bool:
    """Whether more than half of the nodes fit."""
    return 2 * sum(bool(fits(node)) for node in download.nodes) > len(download.nodes)


def submission_of_name(node: Node) -> ClaimedSubmission:
    """What a folder or file that is named after a student says."""
    file = SubmittedFile("" if node.kind is Kind.FOLDER else node.name, node)
    name = stem(node)
    return ClaimedSubmission(node.name, ((name,),), (file,), group=name, team=name, named_by_platform=False)


def stem(node: Node) -> str:
    """A node's name without the ending of a file of a known kind."""
    suffixes = () if node.kind is Kind.FOLDER else (*LOOSE, *ARCHIVES, *BESIDE)
    suffix = next((ending for ending in suffixes if node.name.lower().endswith(ending)), "")
    return node.name[: len(node.name) - len(suffix)]


def together(
    found: Sequence[tuple[tuple[str, str], SubmittedFile]],
) -> list[tuple[tuple[str, str], tuple[SubmittedFile, ...]]]:
    """The files of each (name, id), in the order in which they came. One id under two names stays two."""
    groups: dict[tuple[str, str], list[SubmittedFile]] = {}
    for key, file in found:
        groups.setdefault(key, []).append(file)
    return [(key, tuple(files)) for key, files in groups.items()]


def submission_of_files(both: tuple[tuple[str, str], tuple[SubmittedFile, ...]]) -> ClaimedSubmission:
    (name, id), files = both
    shown = f"{name} {id}" if name == "Participant" else name
    return ClaimedSubmission(files[0].node.name, ((id,),), files, name=shown)
