"""Loading checks outside the sandbox: every problem of how they are written is reported at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from grader.checks.checks import FILES, INJECTED, UNSAID, Check, load_probes
from grader.checks.criteria import name_of, reads
from grader.checks.seeds import BITS, of_seed
from grader.core.errors import AuthorError

KEYWORDS = {"case": "cases", "data": "data", "seed": "seeds"}  # what `check` is given for an argument of the probe


def load_checks(folder: Path, only: Collection[str] | None = None) -> tuple[Check, ...]:
    """The checks in `checks.py` and, where it exists, `hidden_checks.py` (which may import the first), in file order.

    Of a release they are those named in `only`: what else stands in its file may be a student's. Raises `AuthorError`
    with every problem found.
    """
    loaded = load_probes(folder)
    if only is not None:
        loaded = tuple(each for each in loaded if each.name in only)
    absent = sorted({*(only or ())} - {each.name for each in loaded})
    problems = [f"{folder / FILES[0]}: there is no check {name}; unpack the release again" for name in absent]
    problems += [f"{each.where}: {problem}" for each in loaded for problem in _problems(each)]
    names = [each.name for each in loaded]
    problems += [f"{each.where}: a second check with this name; rename one" for i, each in enumerate(loaded)
                 if each.name in names[:i]]  # fmt: skip
    problems += [problem for file in FILES if (folder / file).is_file() for problem in _replaced(folder / file, only)]
    if not loaded:
        problems.append(f"{folder}: no checks; write checks.py with at least one @check")
    if problems:
        raise AuthorError(problems)
    return loaded


def own_checks(folder: Path, released: Collection[str]) -> list[str]:
    """Names of the checks in the public file that are not in the release: a student's own."""
    tree = ast.parse((folder / FILES[0]).read_bytes())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [node.name for node in functions if node.name not in released and any(map(_is_check, node.decorator_list))]


def _is_check(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "check"


def _problems(made: Check) -> list[str]:
    """Everything wrong with how a check is written, each as `what; do this`."""
    problems = []
    if not made.claim:
        problems.append("no docstring; write the sentence the student reads")
    if made.points == UNSAID:
        problems.append("no points; add for example points=2 (0 for a check that only informs)")
    elif type(made.points) is not int or made.points < 0:
        problems.append(f"points={made.points!r} is not a whole number of 0 or more; write for example points=2")
    if made.seconds == UNSAID:
        problems.append("no time limit; add for example seconds=10")
    elif type(made.seconds) not in (int, float) or not made.seconds > 0:
        problems.append(f"seconds={made.seconds!r} is not a number above 0; write for example seconds=10")
    if not made.criteria:
        problems.append('no criterion; add for example expect=[close("scores")]')
    problems += [f"{criterion!r} is not a criterion; use one of grader's own, or a function (seen, expected, given)"
                 for criterion in made.criteria if not callable(criterion)]  # fmt: skip
    problems += _argument_problems(made)
    problems += [
        f"the seed {seed!r} is not a whole number from 0 to 2**{BITS} - 1, or is there twice; write others"
        for position, seed in enumerate(made.seeds)
        if type(seed) is not int or not 0 <= seed < 1 << BITS or seed in made.seeds[:position]
    ]
    problems += [
        f"case name {name!r} is not a plain word; use letters, digits, _ and -"
        for name in made.cases
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name)
    ]
    return problems


def _argument_problems(made: Check) -> list[str]:
    problems = []
    for argument in made.arguments:
        if argument not in INJECTED:
            near = [known for known in INJECTED if known[:2] == argument[:2]]
            hint = f" ({near[0]}?)" if near else ""
            problems.append(f'unknown argument "{argument}"; use hw, notebook, case, data, device or seed{hint}')
    wants = {"case": bool(made.cases), "data": made.data is not None, "seed": bool(made.seeds)}
    for argument, given in wants.items():
        if argument in made.arguments and not given:
            problems.append(f'takes "{argument}" but none is given; add {KEYWORDS[argument]}=...')
        if given and argument not in made.arguments and not (argument == "data" and made.withhold):
            keyword = f"{KEYWORDS[argument]}="
            problems.append(
                f'is given {keyword} but does not take "{argument}"; add the argument, or leave {keyword} out'
            )
    return problems


def unread_problems(made: Check, returned: Mapping[str, object]) -> list[str]:
    """What the values returned by the reference show to be wrong with a check: known only once its probe has run."""
    problems = []
    returned = of_seed(returned, made.seeds[0] if made.seeds else None)
    for criterion in made.criteria:
        for name in reads(criterion) or ():
            if name not in returned:
                names = ", ".join(returned)
                problems.append(
                    f'the criterion {name_of(criterion)} reads "{name}" but the probe returned {names}; '
                    "use one of those"
                )
    read = [reads(criterion) for criterion in made.criteria]
    if None not in read:  # a plain function may read anything
        known = {name for names in read for name in names or ()}
        problems += [
            f'"{name}" is a claim and earns nothing; return what it is computed from'
            for name, value in returned.items()
            if isinstance(value, bool) and name not in known
        ]
    return problems


def _replaced(path: Path, only: Collection[str] | None) -> list[str]:
    """Checks that are lost silently, because Python keeps only the last function of a name."""
    problems, checks = [], set()
    for node in ast.parse(path.read_bytes()).body:
        if not isinstance(node, ast.FunctionDef) or (only is not None and node.name not in only):
            continue
        if node.name in checks:
            problems.append(f"{path.name}:{node.lineno} {node.name}: replaces the check above; rename one")
        if node.decorator_list:
            checks.add(node.name)
    return problems
