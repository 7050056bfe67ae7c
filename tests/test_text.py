"""Whatever text goes in, what comes out is short and has nothing that acts on a terminal or hides in a page."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.text import is_hidden, printable, visible

# `st.text()` leaves out lone surrogates, and seldom draws the controls that matter.
NASTY = st.characters(codec=None) | st.sampled_from("\x1b\x00\x07\x7f\x9b\r\n\t\u202e\u2066\u2028\u200b\ud800\ufeff")
TEXT = st.text(NASTY, max_size=400)


@given(TEXT, st.integers(0, 500))
def test_nothing_invisible_remains_and_the_length_is_bounded(text: str, limit: int) -> None:
    """No control, format, surrogate or separator character survives, whatever the text, and the limit holds."""
    shown = visible(text, limit)
    left = {character for character in shown if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert left <= set("\n\t\u200c\u200d")
    assert len(shown) <= max(limit, 100)
    shown.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=200))
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Letters, digits, punctuation and symbols of any script come out as they went in."""
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\x00b\x7f\x9b", "a\\x00b\\x7f\\x9b"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("\U000e0041", "\\U000e0041"),
        ("one\r\ntwo\tthree\n", "one\ntwo\tthree\n"),
        ("progress 1\rprogress 2", "progress 1\\x0dprogress 2"),
    ],
)
def test_controls_are_written_out(text: str, shown: str) -> None:
    """Controls and bidi overrides become their escapes; newlines, tabs and line ends of Windows stay line ends."""
    assert visible(text) == shown


def test_long_text_keeps_its_head_and_its_tail() -> None:
    """The first and last words of a long text are there, with the exact count of what is left out between them."""
    text = "first " + "x" * 9000 + " last"
    shown = visible(text, 1000)
    head, middle, tail = shown.split("\n")
    assert head.startswith("first ")
    assert tail.endswith(" last")
    assert middle == f"[... {len(text) - len(head) - len(tail)} characters left out ...]"
    assert len(shown) > 900


def test_written_out_controls_count_towards_the_limit() -> None:
    """A text under the limit that grows beyond it when written out is cut, between escapes and not within one."""
    shown = visible("\x1b" * 300, 400)
    head, middle, tail = shown.split("\n")
    assert set(head.split("\\x1b")) == set(tail.split("\\x1b")) == {""}
    assert middle == f"[... {300 - (len(head) + len(tail)) // 4} characters left out ...]"


def test_a_huge_line_costs_no_more_than_its_ends() -> None:
    """Fifty megabytes of escape characters are cut before they are written out, not after."""
    text = "\x1b" * 50_000_000
    start = time.perf_counter()
    visible(text)
    assert time.perf_counter() - start < 2


@given(TEXT)
def test_a_name_is_shown_as_it_is_written(name: str) -> None:
    """All but what hides or moves a cursor, in at most 120 characters."""
    assert len(printable(name)) <= 120 and not any(map(is_hidden, printable(name)))
    assert len(name) > 120 or any(map(is_hidden, name)) or printable(name) == name
    assert printable("नेहा\x1b[2J\n") == "नेहा\\x1b[2J\\x0a"
