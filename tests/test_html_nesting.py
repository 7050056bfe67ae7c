"""What is parsed outside the sandbox costs as much as it is long, whatever a renderer was made to write."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.rendering.html_nesting import DEEPEST, is_well_nested
from grader.rendering.illustrations import MATH, clean, illustrate
from grader.sandbox.sandbox import Sandbox

# Opened again in every paragraph: the first 20,000 characters become 1.5 million elements.
BOMB = "<p>" + "".join(f"<em/{number:x}>" for number in range(1200)) + "</p><p>x" * 1200
NAMES = ["p", "em", "a", "code", "div", "span", "li", "ul", "table", "tr", "td", "h1", "math", "mi", "mrow", "dd"]


def element(name: str, inner: list[str]) -> str:
    """An element that is closed where it belongs."""
    return f"<{name}>{''.join(inner)}</{name}>"


LEAVES = st.sampled_from(["x", "<br />", "<mi/>", '<mspace width="1em" />'])
TREES = st.recursive(LEAVES, lambda inner: st.builds(element, st.sampled_from(NAMES), st.lists(inner, max_size=5)))


@pytest.mark.parametrize(
    "html",
    [
        "", "plain &lt;text&gt; > x", "<p>a <em>b</em><br />\nc<br></p>", '<a href="https://x.org" title="a > b">x</a>',
        "<math><mi>x</mi><mi/></math>", "<strong><math><mi>x</mi></math></strong>", "<details><p>x</p></details>",
        "<p>" * DEEPEST + "</p>" * DEEPEST,
    ],
)  # fmt: skip
def test_what_renderers_write_is_well_nested(html: str) -> None:
    """Tags in order, void ones, those of formulas, attributes with any text in quotes."""
    assert is_well_nested(html, MATH)


@pytest.mark.parametrize(
    "html",
    [
        BOMB, "<p>", "</p>", "<p><em></p></em>", "<em><p>x</p></em>", "<em/>", "<b/1>x</b>", "<b 1>x</b>",
        "<b a='1'>x</b>", "<!-- <p> -->", "a < b", "<p", '<p a="<b>"></p>', "</p/>", "<P></P>",
        "<p><mi/></mi></p>", "<a\x00></a>",
        "<p>" * (DEEPEST + 1) + "</p>" * (DEEPEST + 1),
    ],
)  # fmt: skip
def test_what_a_parser_would_have_to_repair_is_not(html: str) -> None:
    """Anything else, also what only looks like no tag."""
    assert not is_well_nested(html, MATH)


@settings(deadline=None)
@given(unit=TREES)
def test_what_is_well_nested_stays_small(unit: str) -> None:
    """Cleaning gives some times as many characters as it is given: nothing is opened again and again."""
    html = unit * (8000 // len(unit) + 1)
    if is_well_nested(html, MATH):
        assert len(clean(html)) <= 20 * len(html)


def test_a_formula_holds_no_tags_of_its_author(best: Sandbox) -> None:
    """Text in a formula is text: neither a heading of ours nor a bomb comes out of it."""
    faked = r"$\text{<p/class=\"now\">When&#32;run&#32;now:</p><h1>100</h1>}$"
    html = illustrate(best, {"why": faked, "bomb": rf"$\text{{{BOMB[:19_000]}}}$", "fine": r"$a < \alpha$"}, []).answers
    assert "<h1>" not in html["why"]
    assert "<p/" not in html["why"]
    assert "&lt;h1&gt;100" in html["why"]
    assert len(html["bomb"]) < 200_000
    assert "<mo>&lt;</mo><mi>α</mi>" in html["fine"]
