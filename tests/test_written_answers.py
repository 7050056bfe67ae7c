"""Written answers of a package: each is read from the source, whatever becomes of its file and of the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_course import Course

from grader.core.limits import Limits
from grader.core.verdict import Outcome
from grader.pages.html import student_page
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.sandbox.worker_process import WorkerProcess
from grader.worker.written_answers import _of_file

# By what stands in the file: what is read of `q`, and words of what is wrong with it.
SOURCES: dict[str, tuple[str | None, str]] = {
    'q = r"""$\\frac{1}{2}$"""': (r"$\frac{1}{2}$", ""),
    'q = """$\\frac{1}{2} \\times \\nabla$"""': (r"$\frac{1}{2} \times \nabla$", "backslashes were lost"),
    'q = "$\\\\frac$, a\\tb,\\nand \\alpha"': ("$\\frac$, a\tb,\nand \\alpha", "write r before the quotes"),
    'q = "Either\\neither."': ("Either\neither.", ""),
    'q = ("One, "\n     "two.")': ("One, two.", ""),
    'q: str = "Because."\nq = "No."': ("No.", ""),
    'q = """C:\\Users and \\xi"""': ("C:\\Users and \\xi", "Python cannot read answers.py:1: "),
    "q = “Because.”": ("Because.", "use straight quotes"),
    'q = "Because."\ndef (': ("Because.", "Python cannot read answers.py:2: "),
    'q = """Because.': (None, "unterminated"),
    'q = b"Because."': ("Because.", "remove the b"),
    'def q():\n    """Because."""': ("Because.", "is a function, not a text"),
    'def q():\n    return "Because."': ("Because.", "is a function, not a text"),
    'q = "Because.",': ("Because.", "remove the comma behind the quotes"),
    'q = ["One,", "two."]': ("One,\ntwo.", "it is a list of texts"),
    'q = """$\\frac12$\n""".strip()': ("$\\frac12$\n", "backslashes were lost"),
    'q = textwrap.dedent(r"""\n    $\\frac12$""")': ("\n    $\\frac12$", ""),
    "q = 5": (None, "it is 5, not a text"),
    'q = f"{1 + 1}"': (None, ""),  # what it gives is known when it has run
}


@pytest.mark.parametrize("source", SOURCES)
def test_an_answer_is_read_as_it_was_meant(source: str) -> None:
    """The last value counts, and what is wrong with it is told."""
    *_, (name, text, problem) = _of_file("answers.py", source, ["p", "q"])
    expected, words = SOURCES[source]
    assert (name, text) == ("q", expected)
    assert words in problem and bool(words) == bool(problem)


@given(st.text(alphabet="q=rb\\n\"'()“” \n", max_size=40) | st.text(max_size=20))
def test_any_file_can_be_read(source: str) -> None:
    """Whatever stands in it."""
    for name, text, problem in _of_file("answers.py", source, ["q"]):
        assert name == "q" and (text is None or isinstance(text, str)) and isinstance(problem, str)


def test_a_file_that_does_not_import_has_its_answers(best: Sandbox, tiny: Course) -> None:
    """The page shows what stands in the file and says what to correct; nothing of it was run."""
    report = tiny.grade(best, words="essay = '''C:\\Users is $\\frac12$'''\n")
    assert Outcome.RUNTIME_ERROR in {verdict.outcome for verdict in report.verdicts}
    (answer,) = report.answers
    assert answer.text == "C:\\Users is $\\frac12$" and "write r before the quotes" in answer.problem
    page = student_page(report)
    assert "is $\\frac12$" in page and "write r before the quotes" in page and "No answer" not in page
    unread = tiny.grade(best, words="essay = 5\ndef greet(name):\n    return f'Hello, {name}!'\n").answers[0]
    assert unread.why_no_text == "could not be read: it is 5, not a text; write it between quotes"


@pytest.mark.parametrize("is_lost", [False, True])
def test_answers_are_read_before_the_checks_in_their_process(
    is_lost: bool, best: Sandbox, tiny: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room less; where Python crashes over them, they are read in a room of their own, and no check pays.

    What does not import is found once all the same.
    """
    known: list[object] = []
    places: list[Mapping[str, bytes]] = []
    place, begin = Sandbox.place, WorkerProcess.begin

    def counted(sandbox: Sandbox, files: Mapping[str, bytes], *, secret: bool = False) -> Slot:
        places.append(files)
        return place(sandbox, files, secret=secret)

    def crashing(process: WorkerProcess, work: Mapping[str, Any], limits: Limits) -> Running:
        if is_lost and "answers" in work and len(places) == 1:
            process.end()
        known.extend([work["broken"]] if "check" in work else [])
        return begin(process, work, limits)

    monkeypatch.setattr(Sandbox, "place", counted)
    monkeypatch.setattr(WorkerProcess, "begin", crashing)
    report = tiny.grade(best, context=tiny.context.public(), words=MEDDLING)
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.PASSED}
    assert [answer.text for answer in report.answers] == ["Because."]
    assert len(places) == (3 if is_lost else 1)
    places.clear()
    known.clear()
    tiny.grade(best, context=tiny.context.public(), maths="1 / 0\n", words=MEDDLING)
    assert known and all(known)


MEDDLING = """
import ast
ast.parse = ast.walk = None
essay = "Because."
def greet(name):
    return f"Hello, {name}!"
"""
