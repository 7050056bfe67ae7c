"""The same class as each learning platform's download would have it, for tests of what reads downloads.

Every builder takes the class, `{id: {path: bytes}}`, and a new folder to make, and returns that folder; `zip_of` makes
one zip of it. Ids should be numbers: Moodle and Canvas know no others.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Files = Mapping[str, bytes]
Class = Mapping[str, Files]
Builder = Callable[[Class, Path], Path]
NAMES = ("Ada Lovelace", "Emmy Noether", "Zoë Müller", "Alan Turing")
CREATED = "2024-03-01 12:30:00.250000000 Z"
GIVEN_OUT = {"hw/cnn.py": b"raise NotImplementedError\n", "hw/training.py": b"raise NotImplementedError\n"}
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
    """Canvas with anonymous grading; the ids are then letters and digits. Every second one is late."""
    return put(into, {f"{'LATE_' * (number % 2)}anon_{id}_{9000 + number}_hw.zip": packed(files)
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


def moodle_teams(teams: Class, into: Path) -> Path:
    """Moodle from 4.1 on, where teams submit: by the team's name, and numbers of teams. `Default group` has none."""
    return put(into, {f"{team}{number}_assignsubmission_file/{path}": data
                      for at, (team, files) in enumerate(teams.items(), 5001) for path, data in files.items()
                      for number in ("" if team == "Default group" else f"_{at}",)})  # fmt: skip


def moodle_teams_before_4_1(teams: Mapping[str, tuple[Mapping[str, str], Files]], into: Path) -> Path:
    """Moodle 3.1 to 4.0: a folder for each member of a team, of whom names are given by id."""
    return put(into, {f"{team}-{name}_{id}_assignsubmission_file_/{path}": data
                      for team, (members, files) in teams.items() for id, name in members.items()
                      for path, data in files.items()})  # fmt: skip


def canvas_groups(groups: Mapping[str, tuple[str, Files]], into: Path) -> Path:
    """Canvas, where groups submit: once, under the group's name and the id of the member who represents it."""
    return put(into, {f"{''.join(filter(str.isalnum, name)).lower()}_{id}_{9000 + number}_hw.zip": packed(files)
                      for number, (name, (id, files)) in enumerate(groups.items())})  # fmt: skip


def blackboard(students: Class, into: Path) -> Path:
    """Blackboard: a zip in an attempt, and the text beside it. Usernames and assignments may have a `_` in them."""
    for id, files in students.items():
        attempt = f"HW_2_{id}_attempt_2024-03-01-12-30-00"
        put(into, {f"{attempt}.txt": blackboard_text(name_of(students, id), id), f"{attempt}_hw.zip": packed(files)})
    return into


def blackboard_text(name: str, id: str) -> bytes:
    """What Blackboard writes beside each attempt."""
    return (
        f"Name: {name} ({id})\nAssignment: HW 2\nDate Submitted: Friday, 1 March 2024 12:30:00 o'clock CET\n"
        "Current Grade: Needs Grading\n\nSubmission Field:\nThere is no student submission text data for this "
        "assignment.\n\nComments:\nThere are no student comments for this assignment.\n\nFiles:\n"
    ).encode()


def brightspace(students: Class, into: Path) -> Path:
    """Brightspace, on a site that puts ids before names."""
    put(into, {"index.html": b"<html>"})
    return put(into, {f"{27230 + at}-46025 - {id} {name_of(students, id)} - 05 March 2026 612 PM/{path}": data
                      for at, (id, files) in enumerate(students.items()) for path, data in files.items()})  # fmt: skip


def brightspace_flat(students: Class, into: Path) -> Path:
    """Brightspace without folders, where each student uploaded a zip."""
    put(into, {"index.html": b"<html>"})
    names = {id: name_of(students, id) for id in students}
    return put(into, {f"{39786 + at}-64069 - {id} - {names[id]}- Oct 10, 2025 1022 AM - hw.zip": packed(files)
                      for at, (id, files) in enumerate(students.items())})  # fmt: skip


def sakai(students: Class, into: Path) -> Path:
    """Sakai, with folders; an id `a_b` is a group of two, whose members a text names."""
    put(
        into,
        {"grades.csv": b"HW 2,Points\n\nDisplay ID,ID,Last Name,First Name,grade,Submission date,Late submission\n"},
    )
    for at, (id, files) in enumerate(students.items()):
        names = [f"{sorted_name(name_of(students, id))}({each})" for each in id.split("_")]
        home = f"Team {at} ({7000 + at}-ab)" if "_" in id else names[0]
        beside = {"timestamp.txt": b"2024-03-01T12:30:00.250Z", "comments.txt": b"", "feedbackText.html": b""}
        if "_" in id:
            beside["members.txt"] = "; ".join(names).encode("ascii", "xmlcharrefreplace")
        put(into, {f"{home}/{path}": data for path, data in beside.items()})
        put(into, {f"{home}/Submission attachment(s)/{path}": data for path, data in files.items()})
    return into


def sakai_flat(students: Class, into: Path) -> Path:
    """Sakai without folders, where each student uploaded a zip."""
    for id, files in students.items():
        who = f"{sorted_name(name_of(students, id))}({id})"
        put(into, {f"{who}_Submission attachment(s)_hw.zip": packed(files), f"{who}_comments.txt": b""})
    return into


LAYOUTS: tuple[Builder, ...] = (plain, zips, moodle, moodle_before_4_1, moodle_zips, moodle_flat, moodle_blind, canvas,
                                canvas_loose, canvas_anonymous, gradescope, github, nbgrader, technion, blackboard,
                                brightspace, brightspace_flat, sakai, sakai_flat)  # fmt: skip


def as_asked(work: Files) -> Files:
    """The package, as it was asked for."""
    return work


def moved(work: Files) -> Files:
    """The package under another name, some folders down."""
    return {path.replace("hw/", "cnn-project/src/my work/"): data for path, data in work.items()}


def without_folder(work: Files) -> Files:
    """The files without the package's folder."""
    return {path.removeprefix("hw/"): data for path, data in work.items()}


def numbered(work: Files) -> Files:
    """A file that a browser has numbered."""
    return {path.replace("cnn.py", "cnn (1).py"): data for path, data in work.items()}


def numbered_beside_untouched(work: Files) -> Files:
    """The same, beside the untouched file that was given out."""
    return {**numbered(work), "hw/cnn.py": GIVEN_OUT["hw/cnn.py"]}


def beside_untouched(work: Files) -> Files:
    """The work in one folder, the untouched package in another."""
    return {path.replace("hw/", "solution/"): data for path, data in work.items()} | GIVEN_OUT


def with_handout(work: Files) -> Files:
    """The work as a zip, beside the zip that was given out."""
    return {"mine.zip": packed(work), "handout.zip": packed(GIVEN_OUT)}


def with_own_zip(work: Files) -> Files:
    """The package, beside a zip of the same."""
    return {**work, "submission.zip": packed(work)}


def with_environment(work: Files) -> Files:
    """The package beside a virtual environment, `.git` and `node_modules`."""
    tools = ("dl-course/lib/python3.11/site-packages/hw", ".git/objects/hw", "node_modules/hw")
    return {
        **work,
        "dl-course/pyvenv.cfg": b"",
        **{f"{each}/{Path(path).name}": b"" for each in tools for path in work},
    }


def with_stray_file(work: Files) -> Files:
    """The package with a copy that a sync service made."""
    return {**work, "hw/cnn (Dana's conflicted copy).py": b"x = 1\n"}


def with_data(work: Files) -> Files:
    """Data in the package."""
    return {**work, "hw/data/vocab.json": b"[]"}


def with_data_outside(work: Files) -> Files:
    """Data outside the package that the code names."""
    return {**work, "hw/helper.py": b"open('../data/vocab.json')\n", "data/vocab.json": b"[]"}


def half(work: Files) -> Files:
    """A part of the files."""
    return {"hw/cnn.py": work["hw/cnn.py"]}


def twice(work: Files) -> Files:
    """Two packages, both of them changed."""
    return {f"{home}/{path}": data for home in ("old", "new") for path, data in work.items()}


def as_rar(work: Files) -> Files:
    """A RAR archive."""
    return {"hw.rar": b"Rar!\x1a\x07\x00"}


def something_else(work: Files) -> Files:
    """Something else."""
    return {"essay.docx": b"PK"}


# What one student may submit.
TREES: tuple[Callable[[Files], Files], ...] = (
    as_asked, moved, without_folder, numbered, numbered_beside_untouched, beside_untouched, with_handout, with_own_zip,
    with_environment, with_stray_file, with_data, with_data_outside, half, twice, as_rar, something_else)  # fmt: skip


def name_of(students: Class, id: str) -> str:
    """The name that the builders give to one of the class."""
    return NAMES[list(students).index(id) % len(NAMES)]


def sortable(name: str) -> str:
    """`Ada Lovelace` as Canvas writes it in names of files."""
    first, last = name.split(" ")
    return f"{last}{first}".lower()


def sorted_name(name: str) -> str:
    """`Lovelace, Ada`; Sakai drops what is not ASCII."""
    first, last = name.split(" ")
    bare = unicodedata.normalize("NFD", f"{last}, {first}")
    return bare.encode("ascii", "ignore").decode()


def _moodle(students: Class, into: Path, pattern: str) -> Path:
    return put(into, {pattern.format(name=name_of(students, id), id=id, path=path): data
                      for id, files in students.items() for path, data in files.items()})  # fmt: skip
