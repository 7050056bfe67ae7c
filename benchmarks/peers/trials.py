"""Hostile submissions: each is graded by each peer, in a room where the peer has none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import hostile, measure, page, room
from benchmarks.peers.hostile import Files
from benchmarks.peers.ours import Ours
from benchmarks.peers.place import JOBS, Peer, Place, make_place

BAD, OTHER = "a_bad", "b_right"  # the bad one comes first
KEPT = 16 << 20  # bytes that a peer may keep of a submission's output


@dataclass(frozen=True)
class Trials:
    """Runs them, several at a time: nothing here is timed."""

    folder: Path
    course: Path
    limit: float
    right: Files

    def run(self, way: Peer, python: Path, row: page.Row) -> None:
        """All of them by one way to grade; what became of them goes into its row."""
        with ThreadPoolExecutor(JOBS) as pool:
            honest = pool.submit(self._points_of_forged, way, python, "")
            bad = pool.map(lambda name: self._survives(way, python, name), hostile.BAD)
            forged = pool.map(lambda name: self._points_of_forged(way, python, name), hostile.FORGERIES)
            row.survived = dict(zip(hostile.BAD, bad, strict=True))
            row.credited = {
                name: page.credit(points, honest.result())
                for name, points in zip(hostile.FORGERIES, forged, strict=True)
            }

    def _points_of_forged(self, way: Peer, python: Path, name: str) -> float | None:
        place = self._place(way, python, f"forged {name}", {BAD: hostile.wrong(self.right, name)})
        return self._grade(way, place)[1].get(BAD)

    def _survives(self, way: Peer, python: Path, name: str) -> str:
        submissions = {BAD: hostile.bad(self.right, name), OTHER: self.right}
        place = self._place(way, python, f"bad {name}", submissions)
        files, size = _files_of_others(place), _size(place)
        taken, points = self._grade(way, place)
        full = sum(place.tests().values())
        marks = []
        if name == hostile.MEMORY and points.get(BAD) == full:
            marks.append("had it all")
        if _left_running(way, place):
            marks.append("still running afterwards")
        if not all(map(Path.exists, files)):
            marks.append("files of the other or of the tests are gone")
        if (kept := _size(place) - size) > KEPT:
            marks.append(f"{kept >> 20} MiB kept")
        return page.survival(taken, self.limit, points.get(BAD), points.get(OTHER) == full, marks)

    def _place(self, way: Peer, python: Path, name: str, submissions: Mapping[str, Files]) -> Place:
        folder = self.folder / f"{way.NAME} {name}".translate({ord(each): "-" for each in " ,'`()/"})
        place = make_place(folder, python, self.course, submissions)
        way.prepare(place)
        return place

    def _grade(self, way: Peer, place: Place) -> tuple[measure.Taken, dict[str, float | None]]:
        commands, afterwards = way.commands(place), way.afterwards(place)
        if not isinstance(way, Ours):
            room.give_away(place)
            commands, afterwards = ([room.inside(place, each) for each in some] for some in (commands, afterwards))
        taken = measure.run(place, commands, self.limit)
        measure.run(place, afterwards, self.limit)
        return taken, way.points(place)


def _files_of_others(place: Place) -> list[Path]:
    """What only the teacher and the other students may delete."""
    files = [file for file in place.folder.rglob("hw/*.py") if BAD not in file.parts]
    return [*files, *place.folder.glob("*.py"), *place.folder.glob("*.pt")]


def _left_running(way: Peer, place: Place) -> bool:
    """Whether the child that a submission has started is there after the command's end: in its room, else here."""
    if isinstance(way, Ours):
        running = (file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline"))
        return any(
            hostile.LEFT_BEHIND in command.replace(b"\0", b" ").decode("utf-8", "replace") for command in running
        )
    listed = place.folder / room.LEFT
    return listed.exists() and hostile.LEFT_BEHIND in listed.read_text(errors="replace")


def _size(place: Place) -> int:
    return sum(file.lstat().st_size for file in place.folder.rglob("*"))
