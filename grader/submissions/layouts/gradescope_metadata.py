"""`submission_metadata.yml` of a Gradescope export: who submitted which submission, and when.

The file is YAML written by Ruby. It is not given to a YAML library: only the shape in which Ruby writes it is read,
line by line and in constant memory, because it also holds what students' programs printed. Whatever looks otherwise
makes its submission unreadable, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

LINE_CAP = 1 << 20
SUBMISSION = re.compile(r"(submission_[A-Za-z0-9]{1,40}|[0-9]{1,20}\.pdf):")
SECTION = re.compile(r"  :([a-z_]+):(?: (.*))?")
PERSON = re.compile(r"  (?:  )?(- |  ):([a-z_]+):(?: (.*))?")
UTC_LINE = re.compile(r"    utc: (.*)")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)? ?(Z|UTC|[+-]\d\d:?\d\d)", re.ASCII)
ESCAPE = re.compile(r'\\(?:(["\\/ ])|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))|(\\)')


@dataclass(frozen=True, slots=True)
class Submitter:
    """One of those who submitted it; empty where Gradescope does not know."""

    name: str = ""
    sid: str = ""
    email: str = ""


@dataclass(slots=True)
class Record:
    """What the file says of one submission. `readable` is whether all of its lines were understood."""

    submitters: list[Submitter] = field(default_factory=list)
    created_at: datetime | None = None
    readable: bool = True


def read_metadata(chunks: Iterable[bytes]) -> dict[str, Record] | None:
    """The submissions by the names of their folders, or None where the file is not what Gradescope writes."""
    records: dict[str, Record] = {}
    reader: _Reader | None = None
    for line in _lines(chunks):
        opening = SUBMISSION.fullmatch(line)
        if opening:
            twice = opening[1] in records
            reader = _Reader(records.setdefault(opening[1], Record()))
            reader.record.readable = reader.record.readable and not twice
        elif line.startswith(" ") and reader:
            reader.take(line)
        elif line.strip() not in ("", "---", "..."):
            return None
    return records


def moment(text: str) -> datetime | None:
    """A time with its zone, such as `2024-03-01 12:30:00.123456000 Z`; None where it is not one."""
    match = MOMENT.fullmatch(text.strip())
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in ("Z", "UTC") else zone
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{(fraction or '').ljust(6, '0')}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines without their ends; of a long one, which no name has, only the beginning."""
    left = b""
    for chunk in chunks:
        *whole, left = (left + chunk).split(b"\n")
        for line in whole:
            yield line[:LINE_CAP].decode(errors="replace").removesuffix("\r")
        if len(left) > LINE_CAP:
            left = b" " * 8 + b"#" * (LINE_CAP // 2)  # still inside whatever it is in
    yield left.decode(errors="replace")


class _Reader:
    """Takes the lines of one submission."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._section = ""
        self._seen: set[str] = set()
        self._person: dict[str, str] = {}

    def take(self, line: str) -> None:
        """One line; those below other sections are passed over, whatever they say."""
        section = SECTION.fullmatch(line)
        if section:
            self._open(section[1], section[2] or "")
        elif self._section == "submitters":
            self._take_person(line)
        elif self._section == "created_at" and (utc := UTC_LINE.fullmatch(line)):
            self.record.created_at = moment(utc[1])
        elif not line.startswith(("    ", "  - ")) and line.strip():
            self.record.readable = False

    def _open(self, section: str, value: str) -> None:
        if section in self._seen:
            self.record.readable = False
        self._seen.add(section)
        self._section = section
        if section == "created_at":
            self.record.created_at = moment(_scalar(value) or "")
        elif section == "submitters" and value not in ("", "[]"):
            self.record.readable = False

    def _take_person(self, line: str) -> None:
        match = PERSON.fullmatch(line)
        value = _scalar(match[3] or "") if match else None
        if not match or value is None or (match[1] != "- " and not self.record.submitters):
            self.record.readable = False
            return
        if match[1] == "- ":
            self._person = {}
            self.record.submitters.append(Submitter())
        if match[2] in self._person:
            self.record.readable = False
        self._person[match[2]] = value
        known = {key: self._person.get(key, "") for key in ("name", "sid", "email")}
        self.record.submitters[-1] = Submitter(**known)


def _scalar(text: str) -> str | None:
    """A value on one line; None where it is anything but plain or quoted text."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        inner = text[1:-1]
        return None if "'" in inner.replace("''", "") else inner.replace("''", "'")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _unescaped(text[1:-1])
    if text[:1] in set("'\"!&*|>[{%@`#,]}?") or ": " in text or " #" in text or text.endswith(":"):
        return None
    return "" if text in ("~", "null") else text


def _unescaped(text: str) -> str | None:
    if re.search(r'(?<!\\)(?:\\\\)*"', text) or any(match[4] for match in ESCAPE.finditer(text)):
        return None
    return ESCAPE.sub(lambda match: match[1] or chr(int(match[2] or match[3], 16)), text)
