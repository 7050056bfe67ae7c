"""How far the reference's values on a device are from the saved ones, which are the CPU's.

cuda.json    {check: {"file": digest of its file of saved values, "apart": {value: largest difference}, "made": {...}}}

It lies beside those files, of which none changes with it. A check that it does not name is judged as on the CPU.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.assignment.assignment import Assignment
from grader.assignment.expected import path_of
from grader.checks.checks import Check
from grader.core.digest import digest
from grader.core.errors import AuthorError
from grader.files.atomic import write_whole

DEVICES = ("cuda",)  # other than the CPU, by torch's names


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured for one check, by the names of its values; with the torch, Python and GPU that it was with."""

    file: str
    apart: Mapping[str, float]
    made: Mapping[str, str]


def file_of(device: str) -> str:
    """The name of the file of a device."""
    return f"{device.partition(':')[0]}.json"


def measured_on(assignment: Assignment, checks: Sequence[Check], device: str) -> dict[str, Mapping[str, float]]:
    """By check, how far each of its values may be apart on the device. Raises `AuthorError` on damage, and if stale."""
    if device == "cpu":
        return {}
    paths = {check.name: path_of(assignment, check) for check in checks}
    listed = {folder: read_measured(folder, device) for folder in {path.parent for path in paths.values()}}
    found, problems = {}, []
    for check in checks:
        path = paths[check.name]
        if (measured := listed[path.parent].get(path.stem)) is None:
            continue
        if measured.file != digest(path.read_bytes()):
            again = f"run `grader regenerate {assignment.name} --device {device}`"
            problems.append(f"{check.where}: what was measured on {device} is of other expected values; {again}")
        found[check.name] = measured.apart
    if problems:
        raise AuthorError(problems)
    return found


def read_measured(folder: Path, device: str) -> dict[str, Measured]:
    """What was measured for the files of a folder, by their checks. Raises `AuthorError` on damage."""
    path = folder / file_of(device)
    try:
        read = {name: Measured(**each) for name, each in json.loads(path.read_text(encoding="utf-8")).items()}
        for each in read.values():
            if not all(type(apart) is float and apart >= 0 for apart in each.apart.values()):
                raise ValueError
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        again = f"delete it, then run `grader regenerate` with --device {device} again"
        raise AuthorError([f"{path}: damaged ({type(error).__name__}); {again}"]) from None
    return read


def write_measured(folder: Path, device: str, measured: Mapping[str, Measured]) -> None:
    """Write it, a line for each check."""
    told = {name: json.dumps(asdict(each), sort_keys=True) for name, each in sorted(measured.items())}
    lines = (f"{json.dumps(name)}: {each}" for name, each in told.items())
    write_whole(folder / file_of(device), ("{\n" + ",\n".join(lines) + "\n}\n").encode())
