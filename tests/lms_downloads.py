"""The same class as each learning platform's download would have it, for tests of what reads downloads.

Every builder takes the class, `{id: {path: bytes}}`, and a new folder to make, and returns that folder; `zip_of` makes
one zip of it. Ids should be numbers: Moodle and Canvas know no others.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Files = Mapping[str, bytes]
Class = Mapping[str, Files]
Builder = Callable[[Class, Path], Path]
NAMES = ("Ada Lovelace", "Emmy Noether", "Zoë Müller", "Alan Turing")
CREATED = "2024-03-01 12:30:00.250000000 Z"
STAMP = "2024-03-01 12:30:00.250000 UTC"


def packed(files: Files) -> bytes:
    """A zip of files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return content.getvalue()


def zip_of(folder: Path, archive: Path, *, wrapped: bool = False) -> Path:
    """One zip of everything below a folder; `wrapped`, with the folder itself around it, as file managers do."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(folder.rglob("*")):
            target.write(path, path.relative_to(folder.parent if wrapped else folder))
    return archive


def put(folder: Path, files: Files) -> Path:
    """Files below a folder."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def plain(students: Class, into: Path) -> Path:
    """A folder for each student."""
    return put(into, {f"{id}/{path}": data for id, files in students.items() for path, data in files.items()})


def zips(students: Class, into: Path) -> Path:
    """A zip for each student."""
    return put(into, {f"{id}.zip": packed(files) for id, files in students.items()})


def moodle(students: Class, into: Path) -> Path:
    """Moodle from 4.1 on, with folders."""
    return _moodle(students, into, "{name}_{id}_assignsubmission_file/{path}")


def moodle_before_4_1(students: Class, into: Path) -> Path:
    """Moodle 3.1 to 4.0, with folders."""
    return _moodle(students, into, "{name}_{id}_assignsubmission_file_/{path}")


def moodle_zips(students: Class, into: Path) -> Path:
    """Moodle from 4.1 on, where each student uploaded a zip."""
    return put(into, {f"{name_of(students, id)}_{id}_assignsubmission_file/hw.zip": packed(files)
                      for id, files in students.items()})  # fmt: skip


def moodle_flat(students: Class, into: Path) -> Path:
    """Moodle without folders, where each student uploaded a zip."""
    return put(into, {f"{name_of(students, id)}_{id}_assignsubmission_file_hw.zip": packed(files)
                      for id, files in students.items()})  # fmt: skip


def moodle_blind(students: Class, into: Path) -> Path:
    """Moodle with blind marking."""
    return _moodle(students, into, "Participant_{id}_assignsubmission_file/{path}")


def canvas(students: Class, into: Path) -> Path:
    """Canvas, where each student uploaded a zip; every second one is late, and a resubmission."""
    names = {id: sortable(name_of(students, id)) for id in students}
    return put(into, {f"{names[id]}{'_LATE' * odd}_{id}_{9000 + number}_hw{'-1' * odd}.zip": packed(students[id])
                      for number, id in enumerate(students) for odd in (number % 2,)})  # fmt: skip


def canvas_loose(students: Class, into: Path) -> Path:
    """Canvas, where each student uploaded the files one by one."""
    names = {id: sortable(name_of(students, id)) for id in students}
    return put(into, {f"{names[id]}_{id}_{9000 + number}_{Path(path).name}": data for id, files in students.items()
                      for number, (path, data) in enumerate(files.items())})  # fmt: skip


def canvas_anonymous(students: Class, into: Path) -> Path:
    """Canvas with anonymous grading; the ids are then letters and digits."""
    return put(into, {f"anon_{id}_{9000 + number}_hw.zip": packed(files)
                      for number, (id, files) in enumerate(students.items())})  # fmt: skip


def gradescope(students: Class, into: Path) -> Path:
    """A Gradescope export; an id `a_b` is a group of two."""
    numbers = {id: 70000 + number for number, id in enumerate(students)}
    put(into, {f"submission_{numbers[id]}/{path}": data
               for id, files in students.items() for path, data in files.items()})  # fmt: skip
    lines = ["---"]
    for id in students:
        lines += [f"submission_{numbers[id]}:", "  :submitters:"]
        for member in id.split("_"):
            name, email = name_of(students, id), f"s{member}@uni.edu"
            lines += [f"  - :name: {name}", f"    :sid: '{member}'", f"    :email: {email}"]
        lines += [f"  :created_at: {CREATED}", "  :score: 7.0", "  :status: processed", "  :results:", "    tests:",
                  "    - name: t", "      output: |", "        submission_1:", "          :submitters:", "",
                  "  :history:", "  - :id: 3", "    :submitters:", "    - :sid: '666'"]  # fmt: skip
    (into / "submission_metadata.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return into


def github(students: Class, into: Path) -> Path:
    """Clones of GitHub Classroom."""
    files = {f"hw-2-{id}/{path}": data for id, files in students.items() for path, data in files.items()}
    return put(into, files | {f"hw-2-{id}/.git/config": b"" for id in students})


def nbgrader(students: Class, into: Path) -> Path:
    """What nbgrader has collected."""
    files = {f"submitted/{id}/ps1/{path}": data for id, files in students.items() for path, data in files.items()}
    return put(into, files | {f"submitted/{id}/ps1/timestamp.txt": STAMP.encode() for id in students})


def technion(students: Class, into: Path) -> Path:
    """Zips named after their groups; an id `a_b` is a group of two. Ids have five digits or more."""
    return put(into, {f"hw2-{id}.zip": packed({f"hw2-{id}/{path}": data for path, data in files.items()})
                      for id, files in students.items()})  # fmt: skip


LAYOUTS: tuple[Builder, ...] = (plain, zips, moodle, moodle_before_4_1, moodle_zips, moodle_flat, moodle_blind, canvas,
                                canvas_loose, canvas_anonymous, gradescope, github, nbgrader, technion)  # fmt: skip


def name_of(students: Class, id: str) -> str:
    """The name that the builders give to one of the class."""
    return NAMES[list(students).index(id) % len(NAMES)]


def sortable(name: str) -> str:
    """`Ada Lovelace` as Canvas writes it in names of files."""
    first, last = name.split(" ")
    return f"{last}{first}".lower()


def _moodle(students: Class, into: Path, pattern: str) -> Path:
    return put(into, {pattern.format(name=name_of(students, id), id=id, path=path): data
                      for id, files in students.items() for path, data in files.items()})  # fmt: skip
