"""A report as Markdown and as JUnit XML: whole, true, no more than a student may see, and inert."""

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from sample_reports import HOSTILE, hostile_report, report, scored, verdict

from grader.assignment.manifest import Late
from grader.core.verdict import Outcome
from grader.exports.junit import junit
from grader.exports.markdown import markdown
from grader.results.decisions import Decisions
from grader.results.gradebook import build
from grader.results.gradebook_files import to_json as gradebook_json
from grader.results.lateness import LateEntry
from grader.results.marks import Graded
from grader.results.report import Answer
from grader.results.report import to_json as report_json
from grader.results.schemas import schemas

MIXED = report(
    verdict("forward", case="plain"),
    verdict("forward", Outcome.WRONG_ANSWER, case="stride", message="off by 0.5", next_step="look at `stride`"),
    verdict("loss", Outcome.NOT_ATTEMPTED),
    verdict("surprise", Outcome.RUNTIME_ERROR, hidden=True, message="SECRET", case="SECRET"),
    verdict("ours", Outcome.GRADER_ERROR, message="no room"),
)


def tokens(source: bytes) -> set[str]:
    """The kinds of everything in a Markdown text, as GitHub would read it."""
    found = set()
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(source.decode()):
        found |= {token.type, *(child.type for child in token.children or ())}
    return found


def test_markdown_tells_points_outcomes_and_next_steps() -> None:
    """In a table, and then each finding in its own fence."""
    text = markdown(MIXED).decode()
    assert "**2 of 10** points for the checks" in text
    assert "| ✗ | `forward` | wrong answer, 1 of 2 cases | 2 of 4 |" in text
    assert "| ! | `surprise` (hidden) | runtime error | 0 of 2 |" in text
    assert "```text\noff by 0.5\nNext: look at `stride`\n```" in text
    assert "Not final" in text
    assert "SECRET" not in text


def test_junit_has_a_case_for_each_case() -> None:
    """With counts that build servers read; ours is an error, what is not attempted skipped."""
    suite = ElementTree.fromstring(junit(MIXED))
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "2", "errors": "1", "skipped": "1",
    }  # fmt: skip
    failed = suite.find("testcase[@name='forward[stride]']/failure")
    assert failed is not None
    assert (failed.get("type"), failed.get("message"), failed.text) == (
        "WRONG_ANSWER", "off by 0.5", "look at `stride`",
    )  # fmt: skip
    assert b"SECRET" not in junit(MIXED)


def test_what_is_set_aside_has_no_points() -> None:
    """Neither form reads as a pass or a zero."""
    aside = report(verdict("a"), reason="two folders")
    assert "Set aside" in markdown(aside).decode()
    assert "points for" not in markdown(aside).decode()
    suite = ElementTree.fromstring(junit(aside))
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")


def test_the_schemas_in_the_docs_are_those_of_what_is_written() -> None:
    """They are up to date (`make schemas`), and files of both kinds are valid by them."""
    folder = Path(__file__).parent.parent / "docs/schemas"
    assert {path.name: path.read_text() for path in folder.iterdir()} == schemas()
    answer = Answer("why", "Why?", "Why?", ((3, "so"),), "because")
    answered = report(verdict("a", case="x"), answers=(answer,), notes=("late",))
    late = {"ada": LateEntry(days=Fraction(1))}
    policy = Late(deadline=datetime(2026, 11, 1, tzinfo=UTC), percent_per_day=10)
    scores = Decisions({("ada", "why"): scored(answer, Fraction(1))})
    book = build([Graded.of(answered)], missing=["bob"], policy=policy, late=late, decisions=scores)
    for name, written in (("report.json", report_json(answered)), ("gradebook.json", gradebook_json(book))):
        validator = Draft202012Validator(json.loads(schemas()[name]))
        assert [error.message for error in validator.iter_errors(json.loads(written))] == []
        assert list(validator.iter_errors(json.loads(written) | {"format": 99}))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_is_inert(text: str) -> None:
    """In Markdown nothing comes of it but code; in XML it stays text."""
    hostile = hostile_report(text)
    allowed = tokens(markdown(hostile_report("plain")))
    assert tokens(markdown(hostile)) <= allowed
    assert {each.tag for each in ElementTree.fromstring(junit(hostile)).iter()} == {
        "testsuite", "testcase", "failure", "skipped",
    }  # fmt: skip


@given(st.text(st.characters(), max_size=40))
@example("```\n<img src=x>\n~~~")
@settings(max_examples=60, deadline=None)
def test_any_text_is_inert(text: str) -> None:
    """Backticks, pipes, line breaks, lone surrogates, what XML has no way to say."""
    hostile = hostile_report(text)
    assert tokens(markdown(hostile)) <= tokens(markdown(hostile_report("plain")))
    ElementTree.fromstring(junit(hostile))
