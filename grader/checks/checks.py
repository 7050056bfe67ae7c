"""Checks: the `@check` decorator that authors write, and the loading of a file of checks.

The same file is loaded twice: by the grader, which reads claims, points and criteria, and inside the sandbox, where the
probes run. Loading a file of checks never imports student code.
"""

from __future__ import annotations

import ast
import functools
import inspect
import marshal
import sys
import threading
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.checks.criterion import Criterion
from grader.checks.probe_source import fixed_names, is_literal, one_probe, without_judges
from grader.checks.seeds import PUBLISHED
from grader.core import extras
from grader.core.errors import AuthorError
from grader.core.verdict import is_twin, own_name

__all__ = ["check"]

Probe = Callable[..., dict[str, Any]]
INJECTED = ("hw", "notebook", "case", "data", "device", "seed")
FILES = ("checks.py", "hidden_checks.py")
COMPILED = ".code"
UNSAID = -1  # a value that no author would write
_PARSING = threading.Lock()  # threads that parse at once are a SystemError now and then (python/cpython#106905)


@dataclass(frozen=True, slots=True)
class Check:
    """One gradable claim: a probe, the criteria its observation must meet, its points, the sentence students read.

    The probe of one with `seeds` runs once for each. A twin is a check with secret ones (see `assignment.twins`).
    """

    name: str
    claim: str
    probe: Probe
    criteria: tuple[Criterion, ...]
    points: int
    seconds: float
    cases: Mapping[str, Mapping[str, Any]]
    data: str | None
    withhold: tuple[str, ...]
    hint: str = ""
    alone: bool = False
    hidden: bool = False
    seeds: tuple[int, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the probe's arguments, a subset of `INJECTED`."""
        return _arguments_of(self.probe)

    @property
    def takes_notebook(self) -> bool:
        """Whether it looks at the notebook that is submitted beside modules."""
        return "notebook" in self.arguments

    @property
    def is_twin(self) -> bool:
        """Whether it runs the probe of another check under secret seeds."""
        return is_twin(self.name)

    @property
    def probe_name(self) -> str:
        """What the probe is called in its file; a twin's is that of the other check."""
        return own_name(self.name)

    @property
    def file(self) -> str:
        """The file in which the probe stands."""
        return f"{self.probe.__module__}.py"

    @property
    def where(self) -> str:
        """For its author: file, line and name."""
        code = self.probe.__code__
        secret = " under a secret seed" if self.is_twin else ""
        return f"{Path(code.co_filename).name}:{code.co_firstlineno} {self.probe.__name__}{secret}"

    @property
    def limit(self) -> float:
        """Seconds that a case may take, all seeds together."""
        return self.seconds * max(len(self.seeds), 1)

    @property
    def case_names(self) -> tuple[str | None, ...]:
        """The cases in order; one nameless case where the author gave none."""
        return tuple(self.cases) or (None,)

    @property
    def points_per_case(self) -> Fraction:
        """Exact; rounded only when shown."""
        return Fraction(self.points, len(self.case_names))


def check(
    *,
    points: int = UNSAID,
    seconds: float = UNSAID,
    expect: Sequence[Criterion] | Criterion = (),
    cases: Mapping[str, Mapping[str, Any]] | None = None,
    data: str | None = None,
    withhold: Sequence[str] = (),
    hint: str = "",
    alone: bool = False,
    seeds: Sequence[int] | None = None,
) -> Callable[[Probe], Check]:
    """Make the decorated probe a check.

    Args:
        points: whole points, shared evenly by the cases.
        seconds: limit of each run of a case, in seconds of its own processor time; on a GPU, by the clock.
        expect: one criterion or several, each `(seen, expected, given) -> None | reason`; the first that is not met
            gives the message.
        cases: case name -> the parameters that the probe receives as `case`.
        data: name of a file `data/<name>.safetensors` of the assignment's assets; the probe receives its tensors.
        withhold: names in that file that stay outside the sandbox (held-out labels).
        hint: what to look at next, for a wrong answer whose criterion has no better idea.
        alone: run each case in a process of its own from the start (see docs/decisions/007-groups.md).
        seeds: what a probe that takes `seed` receives, one for each run; two where none are given.

    Nothing is raised here: `load_checks` reports every problem of a file at once.
    """

    def decorate(probe: Probe) -> Check:
        published = PUBLISHED if "seed" in _arguments_of(probe) else ()
        return Check(
            name=probe.__name__,
            claim=" ".join((probe.__doc__ or "").split()),
            probe=probe,
            criteria=(expect,) if callable(expect) else tuple(expect),
            points=points,
            seconds=seconds,
            cases=dict(cases or {}),
            data=data,
            withhold=tuple(withhold),
            hint=hint,
            alone=alone,
            seeds=published if seeds is None else tuple(seeds),
        )

    return decorate


def _arguments_of(probe: Probe) -> tuple[str, ...]:
    code: types.CodeType = inspect.unwrap(probe).__code__  # `signature` takes longer than most probes
    stars = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]


def load_probes(folder: Path, *, hidden: bytes = b"") -> tuple[Check, ...]:
    """The checks of both files whatever they lack, as those in a room do. Raises `AuthorError` for one that cannot run.

    Authors were told what is wrong with them when they were loaded outside. `hidden` is what `compile_probe` made of a
    hidden check, which no room has as a file.
    """
    loaded: list[Check] = []
    modules: dict[str, types.ModuleType] = {}
    for file in FILES:
        compiled = hidden if file == FILES[-1] else b""
        if compiled or (folder / file).is_file() or (folder / file).with_suffix(COMPILED).is_file():
            module = _run(folder / file, modules, compiled)
            mine = [value for value in vars(module).values() if isinstance(value, Check)]
            mine = [each for each in mine if each.probe.__module__ == module.__name__]
            loaded += mine if file == FILES[0] else [replace(each, hidden=True) for each in mine]
            modules[module.__name__] = module
    return tuple(loaded)


def compile_checks(source: bytes, file: str) -> bytes:
    """A file of checks for a room: without what judges, in the form that loads fastest, for the same Python."""
    with _PARSING:
        return _compiled(source, file, None, frozenset(), "")


def compile_probe(source: bytes, file: str, *, check: Check, case: str | None) -> bytes:
    """The same of one check for one case: the probe and what it uses, and nothing of other checks of the file."""
    cases = repr({case: check.cases[case]}) if case is not None and is_literal(check.cases[case]) else ""
    with _PARSING:
        return _compiled(source, file, check.probe_name, fixed_names(check.probe.__globals__), cases)


@functools.lru_cache(maxsize=1024)  # all that a course has: each student's checks are made of the same
def _compiled(source: bytes, file: str, name: str | None, fixed: frozenset[str], cases: str) -> bytes:
    tree = ast.parse(source, file)
    probes = without_judges(tree) if name is None else one_probe(tree, name, fixed=fixed, cases=cases)
    return marshal.dumps(compile(probes, file, "exec"))


def _run(path: Path, before: Mapping[str, types.ModuleType], compiled: bytes) -> types.ModuleType:
    """Execute a file of checks as a module; `import checks` in it means the module in `before` and no other."""
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    names = {**before, path.stem: module}
    earlier = {name: sys.modules.get(name) for name in names}
    sys.modules.update(names)
    try:
        exec(_code(path, compiled), module.__dict__)  # noqa: S102  the author's code, not a student's
    except Exception as error:
        raise AuthorError([f"{path.name}:{_line_of(error, path)}: {_what_stopped(error)}"]) from error
    finally:
        for name, module_before in earlier.items():
            if module_before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module_before
    return module


def _what_stopped(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name in extras.EXTRA_OF:
        return f"needs {error.name}; {extras.remedy(error.name)}"
    return f"{type(error).__name__}: {error}; fix the file"


def _code(path: Path, compiled: bytes) -> types.CodeType:
    file = path.with_suffix(COMPILED)
    if compiled or file.is_file():
        return _loaded(compiled or file.read_bytes())
    return compile(path.read_bytes(), path, "exec")


@functools.lru_cache(maxsize=2)  # a process runs many probes of one file
def _loaded(compiled: bytes) -> types.CodeType:
    code: types.CodeType = marshal.loads(compiled)  # noqa: S302  made by the grader
    return code


def _line_of(error: BaseException, path: Path) -> int:
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
