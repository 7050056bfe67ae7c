"""Expected values: saved observations of the reference solution, one file per check.

expected/<check>.safetensors
    tensors   "<case>/<value>"           ("-" where a check has no cases)
    metadata  "grader": JSON with
              "values"     {case: {name: plain value}}
              "digest"     of the check's syntax tree and data: a file of another digest is stale, unless it is
                           confirmed (see `confirmed`)
              "reference"  digest of the reference solution, likewise
              "spread"     {case: {name: largest difference between the settings of `variants`}}
              "made"       torch, Python and CPU of the values
              "seeds"      where the probe takes one: those of the values, whose names tell whose they are
              "imported"   "<case>/<value>" of those that are from a file of the course's: `regenerate` compares them

secret/<check>.safetensors
    the same of the check's twin, where it has one (see `twins`)
"""

from __future__ import annotations

import ast
import difflib
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from grader.assignment.assignment import Assignment
from grader.assignment.confirmed import read_confirmed
from grader.checks.checks import FILES, Check
from grader.checks.loading import unread_problems
from grader.core.digest import canonical_text, digest, is_docstring, source_digest
from grader.core.errors import AuthorError
from grader.core.observation import Value, Values
from grader.files.atomic import write_whole
from grader.files.notebooks import UnreadableNotebook, read_notebook

NO_CASE = "-"
METADATA = "grader"
# What `read` raises on a file that is there and damaged.
DAMAGED = (SafetensorError, ValueError, KeyError, TypeError, AttributeError, OSError)


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected values of one check, by case, with where they come from."""

    values: Mapping[str | None, Values]
    digest: str
    reference: str
    spread: Mapping[str, Mapping[str, float]]
    made: Mapping[str, str]
    seeds: tuple[int, ...] = ()
    imported: tuple[str, ...] = ()


def load_expected(assignment: Assignment, checks: Sequence[Check]) -> dict[str, Expected]:
    """The expected values of `checks`. Raises `AuthorError` with all files that are missing, damaged or stale."""
    reference = reference_digest(assignment)
    is_release = assignment.manifest.is_release
    again = "unpack the release again" if is_release else f"run `grader regenerate {assignment.name}`"
    loaded, problems = {}, []
    for check in checks:
        path = path_of(assignment, check)
        try:
            saved = read(path)
        except FileNotFoundError:
            problems.append(f"{check.where}: no expected values ({path.name}); {_renamed(assignment, check)}{again}")
            continue
        except DAMAGED as error:
            problems.append(f"{path}: damaged ({type(error).__name__}); {again}")
            continue
        if saved.digest != check_digest(assignment, check):
            imported = saved.imported and reference is None and not is_release
            remedy = "import them again, with `grader import-assets`" if imported else again
            problems.append(f"{check.where}: its expected values are stale, the check or its data changed; {remedy}")
        elif reference is not None and saved.reference != reference:
            problems.append(f"{check.where}: its expected values are stale, the reference solution changed; {again}")
        else:  # criteria are not part of a digest, so a misspelt name would cost every student the points
            returned = saved.values.get(check.case_names[0], {})
            problems += [f"{check.where}: {problem}" for problem in unread_problems(check, returned)]
        loaded[check.name] = saved
    if problems:
        raise AuthorError(problems)
    return loaded


def _renamed(assignment: Assignment, check: Check) -> str:
    """A guess where a file is left over, as after a check got another name; else empty."""
    known = {each.probe_name for each in assignment.checks}
    left = sorted({path.stem for path in assignment.expected_folder.glob("*.safetensors")} - known)
    near = difflib.get_close_matches(check.probe_name, left, 1) or left[:1]
    return f"`{near[0]}` is left over: renamed to `{check.probe_name}`? " if near else ""


def path_of(assignment: Assignment, check: Check) -> Path:
    """The file of a check's expected values."""
    return secret_path(assignment, check) if check.is_twin else assignment.expected_folder / _file_of(check)


def secret_path(assignment: Assignment, check: Check) -> Path:
    """The file of the expected values of its twin, or of the check where it is one."""
    return assignment.secret_folder / _file_of(check)


def _file_of(check: Check) -> str:
    return f"{check.probe_name}.safetensors"


def read(path: Path) -> Expected:
    """Read one file, with the digests for which it was confirmed since.

    Raises what `safe_open` and `json` raise on a damaged one, and `AuthorError` where the list of the confirmed is.
    """
    saved = as_written(path)
    now = read_confirmed(path.parent).get(path.stem)
    if now and now.file == digest(path.read_bytes()):
        return replace(saved, digest=now.digest, reference=now.reference)
    return saved


def as_written(path: Path) -> Expected:
    """One file, with the digests that it was written for. Raises as `read` does on a damaged one."""
    with safe_open(path, framework="pt") as file:
        about = json.loads((file.metadata() or {})[METADATA])
        plain: dict[str, dict[str, Value]] = about["values"]
        for key in file.keys():  # noqa: SIM118  not a dict
            case, _, name = key.partition("/")
            plain.setdefault(case, {})[name] = file.get_tensor(key)
    values = {None if case == NO_CASE else case: named for case, named in plain.items()}
    listed = (tuple(about.get(name, ())) for name in ("seeds", "imported"))
    return Expected(values, about["digest"], about["reference"], about["spread"], about["made"], *listed)


def value_name(case: str | None, name: str) -> str:
    """What a value of a case is called in a file."""
    return f"{case or NO_CASE}/{name}"


def write(path: Path, expected: Expected) -> None:
    """Write one file."""
    write_whole(path, encoded(expected))


def encoded(expected: Expected) -> bytes:
    """The content of one file; the same values give the same bytes."""
    tensors: dict[str, Tensor] = {}
    plain: dict[str, dict[str, Value]] = {}
    for case, values in expected.values.items():
        mine = plain.setdefault(case or NO_CASE, {})
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[value_name(case, name)] = value.contiguous()
            else:
                mine[name] = value
    about = {
        "values": plain,
        "digest": expected.digest,
        "reference": expected.reference,
        "spread": expected.spread,
        "made": expected.made,
        **({"seeds": expected.seeds} if expected.seeds else {}),
        **({"imported": expected.imported} if expected.imported else {}),
    }
    # One entry: safetensors writes several in an order that changes from process to process.
    metadata = {METADATA: json.dumps(about, sort_keys=True)}
    return save(dict(sorted(tensors.items())), metadata)


def check_digest(assignment: Assignment, check: Check, data: bytes | None = None) -> str:
    """Changes with the meaning of a check's probe, what its file shares with other checks, its data and its seeds.

    Points, limits and criteria are left out: they do not change what the reference gives. `data` is the content of its
    data file where that is to be another one.
    """
    files = assignment.check_files()
    parts = [part for name in FILES[: FILES.index(check.file) + 1] for part in _parts(files[name])]
    file = assignment.data_file(check)
    data = data if data is not None else file.read_bytes() if file else b""
    inputs = (part.inputs for part in _of(check, parts))
    return digest(digest(*inputs), data, *map(str, check.seeds))


def judgement_digest(assignment: Assignment, check: Check) -> str:
    """Changes with anything about a check that its points depend on: limits, criteria and its twin's seeds included."""
    parts = [part for _, source in sorted(assignment.check_files().items()) for part in _parts(source)]
    data = assignment.data_file(check)
    whole = (part.whole for part in _of(check, parts))
    values = path_of(assignment, check).read_bytes()
    secret = secret_path(assignment, check)
    twins = [secret.read_bytes()] if secret.is_file() else []
    return digest(digest(*whole), values, data.read_bytes() if data else b"", *twins)


def reference_digest(assignment: Assignment) -> str | None:
    """Changes with the meaning of the reference solution; None where it is not at hand, as on a student's machine."""
    folder = reference_folder(assignment)
    if folder is None:
        return None
    files = {**_reference_files(folder, assignment), **assignment.provided}
    return digest(*(part for name, source in sorted(files.items()) for part in (name, _file_digest(name, source))))


def _reference_files(folder: Path, assignment: Assignment) -> dict[str, bytes]:
    """By their place the modules of the package, and data that is to be submitted; and the cells of the notebook."""
    manifest, package = assignment.manifest, folder / assignment.manifest.package
    modules = package.rglob("*.py") if manifest.files else ()
    paths = {*modules, *(path for file in manifest.files if (path := package / file).is_file())}
    files = {path.relative_to(package).as_posix(): path.read_bytes() for path in sorted(paths)}
    return files | (_cells(folder / manifest.notebook) if manifest.notebook else {})


def _cells(path: Path) -> dict[str, bytes]:
    try:
        notebook = read_notebook(path.read_bytes())
    except (OSError, UnreadableNotebook) as error:
        raise AuthorError([f"{path}: {error}; fix the reference solution"]) from None
    return {" ".join((f"cell {cell.number}", *sorted(cell.tags))) + ".py": cell.source.encode()
            for cell in notebook.cells if cell.code}  # fmt: skip


def reference_folder(assignment: Assignment) -> Path | None:
    """The folder of the reference solution, if it exists."""
    if assignment.manifest.reference is None:
        return None
    folder = (assignment.folder / assignment.manifest.reference).resolve()
    return folder if folder.is_dir() else None


def _file_digest(name: str, content: bytes) -> str:
    try:
        return source_digest(content) if name.endswith(".py") else digest(content)
    except (SyntaxError, ValueError):  # a cell with a magic
        return digest(content)


@dataclass(frozen=True, slots=True)
class _Part:
    """A statement of a file of checks as text: whole, and of a check the part on which the expected values depend.

    `leans_on` are the names of which it takes something, as in `cases=forward.cases`.
    """

    check: str | None
    whole: str
    inputs: str
    leans_on: frozenset[str]


def _of(check: Check, parts: Sequence[_Part]) -> list[_Part]:
    """What is shared, the check itself, and the checks that it leans on."""
    wanted = {None, check.probe_name}
    found: list[_Part] = []
    while (now := [part for part in parts if part.check in wanted]) != found:
        found = now
        wanted |= {name for part in found for name in part.leans_on}
    return found


@functools.lru_cache(maxsize=16)
def _parts(source: bytes) -> tuple[_Part, ...]:
    """The statements of a file of checks. Remembered: every check of a file asks for them."""
    return tuple(_part(node) for node in ast.parse(source).body if not is_docstring(node))


def _part(node: ast.stmt) -> _Part:
    whole = canonical_text(node)
    taken_of = (each.value for each in ast.walk(node) if isinstance(each, ast.Attribute))
    leans_on = frozenset(each.id for each in taken_of if isinstance(each, ast.Name))
    if not isinstance(node, ast.FunctionDef) or not any(_decorator(each) for each in node.decorator_list):
        return _Part(None, whole, whole, leans_on)
    node.decorator_list = [_only_inputs(each) for each in node.decorator_list]
    return _Part(node.name, whole, canonical_text(node), leans_on)


def _decorator(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check"


def _only_inputs(node: ast.expr) -> ast.expr:
    if not isinstance(node, ast.Call):
        return node
    kept = [keyword for keyword in node.keywords if keyword.arg in ("cases", "data", "withhold")]
    return ast.Call(node.func, [], kept)
