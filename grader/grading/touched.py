"""What a change of a student's files can touch: told by the words of checks and modules, so that nothing is run for it.

Whatever has the name of a changed module in its text may use it, and so may what has the name of that. That errs on
the side of running too much: a name in a comment counts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from grader.assignment.assignment import Assignment
from grader.checks.checks import Check
from grader.checks.criterion import reads
from grader.checks.probe_source import fixed_names, one_probe
from grader.core.submission import Submission
from grader.grading.tasks import Task
from grader.results.report import Report

WORD = re.compile(r"\w+")
BY_TEXT = {"getattr", "import_module", "__import__", "eval", "exec"}  # reach modules whose names stand nowhere


def changed(before: Submission, now: Submission) -> list[str]:
    """The files, answers and figures that are not what they were, by name."""
    parts: list[dict[str, object]] = [{**each.files, **each.answers, "figures": each.figures} for each in (before, now)]
    return sorted(name for name in parts[0].keys() | parts[1].keys() if parts[0].get(name) != parts[1].get(name))


class Touched:
    """Which of the tasks a change can touch. The text of the checks is read once."""

    def __init__(self, assignment: Assignment, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        sources = assignment.check_files()
        self._words = {task.check.name: _words_of(task.check, sources[task.check.file].decode()) for task in tasks}

    def by(self, names: Collection[str], files: Mapping[str, bytes]) -> list[Task]:
        """Those that a change of the files `names` can touch, `files` being all that there are now."""
        if not all(name.endswith(".py") for name in names) or "__init__.py" in names:
            return list(self._tasks)
        texts = {name: content.decode(errors="replace") for name, content in files.items() if name.endswith(".py")}
        modules = [(_module(name), set(WORD.findall(text))) for name, text in texts.items()]
        reached, before = {_module(name) for name in names}, set[str]()
        while reached != before:
            before = set(reached)
            reached |= {module for module, words in modules if words & (before | BY_TEXT)}
        known = reached.union(module for module, _ in modules)
        return [task for task in self._tasks if _uses(self._words[task.check.name], reached, known)]


def answers_stand(names: Collection[str], before: Submission, now: Submission, questions: Collection[str]) -> bool:
    """Whether none of the changed files `names` has, or had, a written answer: the name of a question stands in none.

    Of a notebook they are never known to stand: reading it has read them.
    """
    contents = [each.files.get(name, b"") for each in (before, now) for name in names]
    is_code = all(name.endswith(".py") for name in names)
    return is_code and not any(question.encode() in content for question in questions for content in contents)


def updated(before: Report, part: Report, tasks: Sequence[Task], *, answers_stand: bool = False) -> Report:
    """The report after some of its cases were run again on changed files; `part` is about those."""
    again = {(each.check, each.case) for each in part.verdicts}
    stays = [each for each in before.verdicts if (each.check, each.case) not in again]
    latest = {(each.check, each.case): each for each in (*stays, *part.verdicts)}
    ran = [task for task in tasks if task.name in again]
    read_again = {name for task in ran for criterion in task.check.criteria for name in reads(criterion) or ()}
    texts = {answer.id: answer.text for answer in before.answers if answer.id not in read_again}
    return replace(
        part,
        verdicts=tuple(latest[task.name] for task in tasks if task.name in latest),
        answers=before.answers
        if answers_stand
        else tuple(replace(each, text=each.text or texts.get(each.id)) for each in part.answers),
    )


def _words_of(check: Check, source: str) -> set[str]:
    """The words of a check's probe, of what that uses, and of its cases."""
    probe = one_probe(ast.parse(source), check.probe_name, fixed=fixed_names(check.probe.__globals__))
    return {*WORD.findall(ast.unparse(probe)), *WORD.findall(repr(check.cases))}


def _uses(words: set[str], reached: set[str], known: set[str]) -> bool:
    """Whether it may use a module that was reached; it may where it has the name of none."""
    return bool(words & (reached | BY_TEXT)) or not words & known


def _module(name: str) -> str:
    """What a module is called where it is imported: `cnn` of `models/cnn.py`, `models` of `models/__init__.py`."""
    path = PurePosixPath(name)
    return path.parent.name if path.stem == "__init__" else path.stem
