"""Which cases of an assignment somebody asks for: by name, or by an expression as pytest's `-k` takes it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import NoReturn

from grader.core.errors import UsageError
from grader.grading.tasks import Task

WORDS = re.compile(r"[()]|[^\s()]+")
OPERATORS = ("and", "or", "not", "(", ")")


def named(tasks: Sequence[Task], names: Sequence[str]) -> list[Task]:
    """Those of the tasks that have one of the names, `check` or `check[case]`; all where no name is given.

    Raises `UsageError` for a name that none of them has.
    """
    known = list(dict.fromkeys(task.check.name for task in tasks))
    for name in names:
        if not any(name in (task.check.name, task.label) for task in tasks):
            near = difflib.get_close_matches(name.partition("[")[0], known, 3, 0.5) or known
            raise UsageError(f"there is no public check `{name}`; name one of {', '.join(near)}")
    return [task for task in tasks if not names or {task.check.name, task.label} & set(names)]


def matching(tasks: Sequence[Task], expression: str) -> list[Task]:
    """Those of the tasks that a text such as `residual and not forward` is true of.

    A word is true of a task in whose name it is, in any case of letters. Raises `UsageError`.
    """
    words = WORDS.findall(expression)
    found = [task for task in tasks if _Reading(words, task.label.lower(), expression).whole()]
    if not found:
        raise UsageError(f"-k {expression}: no public check has such a name; leave -k out to run all")
    return found


class _Reading:
    """An expression, read from left to right for one name."""

    def __init__(self, words: Sequence[str], name: str, expression: str) -> None:
        self._left = list(words)
        self._name = name
        self._expression = expression

    def whole(self) -> bool:
        value = self._any()
        return value if not self._left else self._refuse()

    def _any(self) -> bool:
        value = self._all()
        while self._took("or"):
            value = self._all() or value
        return value

    def _all(self) -> bool:
        value = self._one()
        while self._took("and"):
            value = self._one() and value
        return value

    def _one(self) -> bool:
        if self._took("not"):
            return not self._one()
        if self._took("("):
            value = self._any()
            return value if self._took(")") else self._refuse()
        if not self._left or self._left[0] in OPERATORS:
            self._refuse()
        return self._left.pop(0).lower() in self._name

    def _took(self, word: str) -> bool:
        if self._left[:1] != [word]:
            return False
        del self._left[0]
        return True

    def _refuse(self) -> NoReturn:
        raise UsageError(f"-k {self._expression}: not an expression; write for example -k 'residual and not forward'")
