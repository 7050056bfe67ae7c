"""Tensors that a course already has become expected values.

Their files are read in a room (`arrays/checks.py`): a pickle may run any code, and a course's files have been in many
hands. What comes out are plain values, by the way to them in the file.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from grader.assignment import expected as store
from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import Expected
from grader.checks.checks import Check
from grader.checks.loading import unread_problems
from grader.core.errors import AuthorError, SandboxError, UsageError
from grader.core.limits import Level
from grader.core.observation import Fault, Value
from grader.core.text import some_of
from grader.grading.context import cpu_name
from grader.grading.gaps import unusable
from grader.grading.observe import observe
from grader.grading.tasks import tasks_of
from grader.sandbox.sandbox import Sandbox

ARRAYS = Path(__file__).with_name("arrays")
KINDS = (".npy", ".npz", ".pickle", ".pkl", ".pt", ".pth")
TARGET = re.compile(r"(?P<check>\w+)(\[(?P<case>[\w-]+)\])?\.(?P<name>\w+)=(?P<file>.+)")
FORM = "CHECK[CASE].VALUE=FILE, or FILE:KEY where the file has several arrays"
NAMED = 8


@dataclass(frozen=True, slots=True)
class Import:
    """A value of a case of a check, and where it comes from; `key` is the way within the file, if it has several."""

    check: str
    case: str | None
    name: str
    file: Path
    key: str

    @property
    def place(self) -> str:
        """`check[case].name`."""
        return f"{self.check}{f'[{self.case}]' if self.case else ''}.{self.name}"


def parsed(text: str) -> Import:
    """Read `check[case].value=file:key`. Raises `UsageError` for anything else, and where there is no such file."""
    match = TARGET.fullmatch(text)
    if not match:
        raise UsageError(f"{text}: not an import; write {FORM}")
    file, key = Path(match["file"]), ""
    if not file.is_file():
        before, _, key = match["file"].rpartition(":")
        file = Path(before)
    if not file.is_file():
        raise UsageError(f"{match['file']}: there is no such file; correct the path")
    if file.suffix not in KINDS:
        raise UsageError(f"{file}: not a file of arrays; give one of {', '.join(KINDS)}")
    return Import(match["check"], match["case"], match["name"], file, key)


def import_values(assignment: Assignment, sandbox: Sandbox, wanted: Sequence[Import]) -> list[str]:
    """Write the expected values that are `wanted`; the names of the checks whose files were written.

    Other values of these checks stay. Raises `AuthorError` with every problem found; then no file has been touched.
    """
    checks = {check.name: check for check in assignment.checks}
    problems = [problem for each in wanted for problem in _problems(each, checks)]
    contents = {} if problems else {file: _read(sandbox, file) for file in dict.fromkeys(each.file for each in wanted)}
    files: dict[str, Expected] = {}
    for each in wanted if contents else ():
        check, value = checks[each.check], _at(each.key, contents[each.file])
        if value is None:
            problems.append(f"{each.file}: {_no_key(each.key, contents[each.file])}")
        elif why := unusable(check, each.name, value):
            problems.append(f"{each.place}: {why}")
        else:
            old = files.get(check.name) or _stored(assignment, check)
            files[check.name] = _with(old, each, value)
    problems += [] if problems else _lacking(checks, files)
    if problems:
        raise AuthorError(problems)
    for name, values in files.items():
        store.write(store.path_of(assignment, checks[name]), values)
    return list(files)


def _problems(wanted: Import, checks: Mapping[str, Check]) -> Iterator[str]:
    check = checks.get(wanted.check)
    if check is None:
        yield f"{wanted.place}: there is no check {wanted.check}; it is one of {some_of(list(checks), NAMED)}"
    elif check.seeds:
        yield f"{wanted.place}: the check takes a seed, and one tensor is of one input only; leave the seed out"
    elif wanted.case not in check.case_names:
        names = [name for name in check.case_names if name]
        yield f"{wanted.place}: " + (
            f"its cases are {some_of(names, NAMED)}; write one of them in brackets" if names else "it has no cases"
        )


def _read(sandbox: Sandbox, file: Path) -> Mapping[str, Value]:
    """The values of a file by the way to each. Raises `AuthorError` where it cannot be read, or has none.

    `UsageError` where code in it would not be shut in.
    """
    if sandbox.level is Level.SEPARATE:
        raise UsageError(f"{file}: may run code when it is read, and nothing shuts it in here; import it on Linux")
    reader = load_assignment(ARRAYS)
    content = {f"contents{file.suffix}": file.read_bytes()}
    (seen,) = observe(sandbox, reader, content, tasks_of(reader.checks), patient=True)
    if seen.observation is None:
        raise SandboxError(seen.trouble)
    found = seen.observation.result
    if isinstance(found, Fault):
        raise AuthorError([f"{file}: cannot be read: {found.message}; save its arrays anew, with numpy.savez"])
    keys = found.get("keys")
    if not isinstance(keys, list) or not keys:
        raise AuthorError([f"{file}: has no array, number or text; name another file"])
    return {str(key): found[f"array{number}"] for number, key in enumerate(keys)}


def _at(key: str, values: Mapping[str, Value]) -> Value | None:
    """The value under a key, or the only one there is; None where neither is meant."""
    return next(iter(values.values())) if not key and len(values) == 1 else values.get(key)


def _no_key(key: str, values: Mapping[str, Value]) -> str:
    keys = some_of(list(values), NAMED)
    return f"has no {key}; its keys are {keys}" if key else f"has several arrays; write one of {keys} behind a colon"


def _stored(assignment: Assignment, check: Check) -> Expected:
    """What there is for the check today. A file that is damaged is told, and not replaced."""
    path = store.path_of(assignment, check)
    made = {"torch": torch.__version__, "python": platform.python_version(), "cpu": cpu_name()}
    new = Expected({}, store.check_digest(assignment, check), "", {}, made)
    try:
        return replace(new, values=(old := store.read(path)).values, imported=old.imported)
    except FileNotFoundError:
        return new
    except store.DAMAGED as error:
        raise AuthorError([f"{path}: damaged ({type(error).__name__}); delete it, and import again"]) from None


def _with(old: Expected, wanted: Import, value: Value) -> Expected:
    values = {**old.values, wanted.case: {**old.values.get(wanted.case, {}), wanted.name: value}}
    name = store.value_name(wanted.case, wanted.name)
    return replace(old, values=values, imported=tuple(dict.fromkeys((*old.imported, name))))


def _lacking(checks: Mapping[str, Check], files: Mapping[str, Expected]) -> Iterator[str]:
    """What is still not there for checks of which something was imported."""
    for name, file in files.items():
        for case in checks[name].case_names:
            place = name if case is None else f"{name}[{case}]"
            returned = file.values.get(case, {})
            yield from (f"{place}: {problem}" for problem in unread_problems(checks[name], returned))
