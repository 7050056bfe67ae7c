"""How learning platforms name what they give to download: Moodle, Canvas, Gradescope.

Every pattern is anchored at the part that the platform writes; what a student may have chosen decides nothing. A name
with two readings is nobody's until a roster says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.archives import Unsafe
from grader.errors import UsageError
from grader.file_tree import Kind, Node, in_ascii
from grader.gradescope_export import Record, Submitter, read_metadata
from grader.layouts import Claim, Hall, Reading, Rejected, most
from grader.unpacking import Part

NUMBER = "[1-9][0-9]{0,18}"
METADATA = "submission_metadata.yml"
METADATA_CAP = 1 << 30  # read line by line
CANVAS_IDS = re.compile(f"(?=_({NUMBER})_({NUMBER})_.)")
CANVAS_ANONYMOUS = re.compile(f"anon(_LATE)?_([A-Za-z0-9]{{1,20}})_({NUMBER})_(.+)")
CANVAS_TEXT = re.compile(f"(.+?)(_LATE)?_({NUMBER})_((?:text|link)\\.html)")
MOODLE = re.compile(f"([^_]*)_({NUMBER})_assignsubmission_(file|onlinetext)(_.*)?")


@dataclass(frozen=True, slots=True)
class _CanvasName:
    who: str
    late: bool
    id: str
    file: str


def moodle(hall: Hall) -> Reading | None:
    """`<Full Name>_<participant>_assignsubmission_file[_]`, a folder or the beginning of a file's name."""
    if not most(hall, lambda node: MOODLE.fullmatch(node.name)):
        return None
    found: list[tuple[tuple[str, str], Part]] = []
    rejected = []
    oddities = []
    for node in hall.nodes:
        match = MOODLE.fullmatch(node.name)
        rest = match[4] or "" if match else ""
        loose = node.kind is Kind.FILE
        if not match or (not rest[1:] if loose else rest not in ("", "_")):
            rejected.append(Rejected(node.name, "not a name that Moodle gives; it says not whose it is"))
            continue
        if match[3] == "onlinetext":
            oddities.append(f"{in_ascii(node.name)}: an online text; read it by hand")
        found.append(((match[1], match[2]), Part(rest[1:] if loose else "", node)))
    flat = any(part.name for _, part in found)
    return Reading(
        f"Moodle download, {'files without folders' if flat else 'a folder for each student'}",
        tuple(_claim(each) for each in _together(found)),
        tuple(rejected),
        tuple(oddities),
    )


def canvas(hall: Hall) -> Reading | None:
    """`<name>[_LATE]_<user>_<attachment>_<file>`, all in one folder."""
    anonymous = all(node.name.startswith("anon_") for node in hall.nodes)
    read = _anonymous_names if anonymous else _canvas_names
    if not most(hall, lambda node: node.kind is Kind.FILE and next(read(node.name), None)):
        return None
    found: list[tuple[tuple[str, str], Part]] = []
    rejected = []
    late = set()
    for node in hall.nodes:
        names = list(read(node.name)) if node.kind is Kind.FILE else []
        if len(names) > 1 and hall.roster:
            names = [name for name in names if hall.in_roster(name.id)] or names[:1]
        if len(names) != 1:
            ids = " or ".join(name.id for name in names)
            reason = f"its name can mean user {ids}; give a roster" if ids else "not a name that Canvas gives"
            rejected.append(Rejected(node.name, reason))
            continue
        (name,) = names
        key = (name.who, name.id)
        found.append((key, Part(name.file, node)))
        late |= {key} if name.late else set()
    claims = [replace(_claim(each), late=each[0] in late) for each in _together(found)]
    words = "Canvas download, anonymous" if anonymous else "Canvas download"
    return Reading(words, tuple(claims), tuple(rejected))


def _canvas_names(name: str) -> Iterator[_CanvasName]:
    """Every reading of `<name>[_LATE]_<user>_<attachment>_<file>`: names and files may have numbers in them too."""
    text = CANVAS_TEXT.fullmatch(name)
    if text and _is_canvas_person(text[1]):
        yield _CanvasName(text[1], bool(text[2]), text[3], text[4])
    for match in CANVAS_IDS.finditer(name):
        who = name[: match.start()]
        if _is_canvas_person(who.removesuffix("_LATE")):
            file = name[match.start() + len(match[1]) + len(match[2]) + 3 :]
            yield _CanvasName(who.removesuffix("_LATE"), who.endswith("_LATE"), match[1], file)


def _anonymous_names(name: str) -> Iterator[_CanvasName]:
    match = CANVAS_ANONYMOUS.fullmatch(name)
    if match:
        yield _CanvasName("anonymous", bool(match[1]), match[2], match[4])


def _is_canvas_person(who: str) -> bool:
    """Canvas takes a sortable name, drops all but letters, digits and `_`, and lowers it."""
    return bool(re.fullmatch(r"\w+", who)) and who == who.lower()


def gradescope(hall: Hall) -> Reading | None:
    """`submission_<number>/`, with a list beside it of who that is."""
    listed = [node for node in hall.nodes if node.name == METADATA and node.kind is Kind.FILE]
    if not listed:
        return None
    try:
        records = read_metadata(listed[0].chunks(METADATA_CAP))
    except (Unsafe, OSError) as error:
        raise UsageError(f"{METADATA}: cannot be read ({error}); export the submissions again") from None
    if records is None:
        raise UsageError(f"{METADATA}: not as Gradescope writes it; export the submissions again")
    claims, rejected = [], []
    nodes = [node for node in hall.nodes if node.name != METADATA]
    for node in nodes:
        found = _of_record(node, records.get(node.name))
        if isinstance(found, Claim):
            claims.append(found)
        else:
            rejected.append(found)
    gone = sorted(records.keys() - {node.name for node in nodes})
    odd = (f"{METADATA} lists {', '.join(gone[:5])}{' and more' if gone[5:] else ''}, not in the download",)
    return Reading("Gradescope export", tuple(claims), tuple(rejected), odd if gone else ())


def _of_record(node: Node, record: Record | None) -> Claim | Rejected:
    if not record:
        return Rejected(node.name, f"not listed in {METADATA}; it says not whose it is")
    members = tuple(_ids(each) for each in record.submitters)
    if not record.readable or not members or not all(members):
        return Rejected(node.name, f"{METADATA} does not say plainly whose it is; look at it by hand")
    name = ", ".join(each.name for each in record.submitters if each.name)
    part = Part("" if node.kind is Kind.FOLDER else node.name, node)
    return Claim(node.name, members, (part,), name=name, group=node.name, handed_in=record.created_at)


def _ids(submitter: Submitter) -> tuple[str, ...]:
    return tuple(id for id in (submitter.sid, submitter.email) if id)


def _together(found: Sequence[tuple[tuple[str, str], Part]]) -> list[tuple[tuple[str, str], tuple[Part, ...]]]:
    """The parts of each (name, id), in the order in which they came. One id under two names stays two."""
    groups: dict[tuple[str, str], list[Part]] = {}
    for key, part in found:
        groups.setdefault(key, []).append(part)
    return [(key, tuple(parts)) for key, parts in groups.items()]


def _claim(both: tuple[tuple[str, str], tuple[Part, ...]]) -> Claim:
    (name, id), parts = both
    shown = f"{name} {id}" if name == "Participant" else name
    return Claim(parts[0].node.name, ((id,),), parts, name=shown)
