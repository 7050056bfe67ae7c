"""Who is in which group, read from a table: what a download does not say, and what a group's number does not mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from grader.core.errors import UsageError
from grader.files.tables import read_rows
from grader.submissions.names import alike
from grader.submissions.roster import ID_COLUMNS, ids_of, plain_table, plain_title
from grader.submissions.worksheet import WIDTH

GROUP_COLUMNS = ("group", "group name")
NO_GROUPS = "no columns of groups and ids in its first row; name them `group` and `id`"

# The ids by which one person is known, best first.
Ids: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """The members of each group, by what all ways of writing its name have in common (`names.alike`)."""

    members: Mapping[str, tuple[Ids, ...]]

    def find(self, name: str) -> tuple[Ids, ...]:
        """The members of the group of this name; nobody where there is none."""
        return self.members.get(alike(name), ())

    def has(self, id: str) -> bool:
        """Whether somebody with this id is in a group."""
        return any(id in ids for members in self.members.values() for ids in members)


def read_groups(path: Path) -> Groups:
    """Read a CSV with a column `group` and one of ids, a row for each member.

    The groups that Canvas exports and Moodle's worksheet with its column of groups, in any language, are such tables; a
    row without a group is nobody's. Raises `UsageError` in one sentence.
    """
    header, rows = plain_table(read_rows(path, _no_header))
    if not (set(header) & set(GROUP_COLUMNS) and set(header) & set(ID_COLUMNS)):
        raise UsageError(f"{path}: {NO_GROUPS}")
    column = min(header.index(name) for name in GROUP_COLUMNS if name in header)
    members: dict[str, list[Ids]] = {}
    written: dict[str, str] = {}
    whose: dict[str, int] = {}
    for number, row in rows:
        cells = [*row, *[""] * (len(header) - len(row))]
        group = " ".join(cells[column].split())
        if not group:
            continue
        ids = ids_of(path, number, header, cells)
        if ids[0] in whose:
            raise UsageError(f"{path}: rows {whose[ids[0]]} and {number} have the same id `{ids[0]}`; keep one")
        whose[ids[0]] = number
        if written.setdefault(alike(group), group) != group:
            raise UsageError(f"{path}: row {number}: `{group}` and `{written[alike(group)]}` cannot be told apart")
        members.setdefault(alike(group), []).append(ids)
    if not members:
        raise UsageError(f"{path}: nobody is in a group; fill in the column `group`")
    return Groups({name: tuple(each) for name, each in members.items()})


def _no_header(row: Sequence[str]) -> str | None:
    titles = {plain_title(cell) for cell in row}
    if len(row) >= WIDTH or (titles & set(GROUP_COLUMNS) and titles & set(ID_COLUMNS)):
        return None
    return NO_GROUPS
