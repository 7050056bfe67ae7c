"""Written answers: plain ones need no room, those of many share one, and none costs the others theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.errors import SandboxError
from grader.core.limits import Limits
from grader.rendering import illustrations
from grader.rendering.illustrations import clean, illustrate, illustrate_together, without_room
from grader.rendering.plain_text import paragraphs
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.sandbox.worker_process import WorkerProcess
from grader.worker.markdown import of_answers, of_notebooks

SHOWN = {
    "2*(3*3*256*256 + 256) = 1180160": "2*(3*3*256*256 + 256) = 1180160",
    "\\begin{align}\nn &= 1 \\\\\n&= 2\n\\end{align}": "<mtd",
    "$\\hat y = \\arg\\max_c p_c$": "<mo>arg</mo>",
    "$\\operatorname*{argmin}_w L$": "<mo>argmin</mo>",
    "So \\(x^2\\) and \\[y_1\\], `\\(z\\)`": "<msup>",
    "$$\\begin{aligned}a &= b \\\\ &= c\\end{aligned}$$": "<mtd",
    "\\begin{eqnarray}a &=& b \\\\ c &=& d\\end{eqnarray}": "<mtd",
    "\\begin{alignat}{2}a &= b \\\\ c &= d\\end{alignat}": "<mtd",
    "\\begin{gather}a = b \\\\ c = d\\end{gather}": "<mtd",
    "$$a = b \\\\ c = d$$": "<mtd",
    "$$x^2$$ and $$y_1$$": "</math> and <math",
    "\\begin{equation}\\label{eq:a}x^2\\end{equation}": "<mrow><msup>",
}
# Where Markdown would take signs away.
SIGNS = {
    "# weights: 1180160\n# of the other: 70016 #": "<p># weights: 1180160</p>\n<p># of the other: 70016 #</p>",
    "Two:\n# layers: 2": "<p>Two:</p>\n<p># layers: 2</p>",
    "(3*3+1)*256*(64)*(2)": "(3*3+1)*256*(64)*(2)",
    "f(*args, **kwargs) of __init__ and _make_": "f(*args, **kwargs) of __init__ and _make_",
    "3*3*256*256\n+ 256": "3*3*256*256\n+ 256",
    "> 0.5 and\n>= 3 are": "&gt; 0.5 and\n&gt;= 3 are",
    "[1]: https://arxiv.org/abs/1512.03385": "[1]: https://arxiv.org/abs/1512.03385",
    "x\n===\ny": "x\n===\ny",
}
DRAWN = {
    "**Because** *so*: (*here*)": "<strong>Because</strong> <em>so</em>: (<em>here</em>)",
    "## Two\n* a\n- b": "<h2>Two</h2>\n<ul>\n<li>a</li>\n</ul>\n<ul>\n<li>b</li>",
    "> Why?\n> Because.": "<blockquote>\n<p>Why?\nBecause.</p>\n</blockquote>",
    "    # code": "<pre><code># code",
}
SLOW = "$x^2$ " * 2500  # 0.15 s
PIECES = [
    "a",
    "7",
    "é",
    "中",
    " ",
    "  ",
    "\n",
    "\n\n",
    "1. ",
    "2) ",
    "- ",
    "+ ",
    "=\n",
    "--\n",
    *",;:.!?\"'()/%=+-–—…“”‘’",
]
MARKUP = ["*", "_", "`", "#", ">", "<", "&amp;", "\\", "$", "|", "[", "]", "~~", "\t", "\u202e", "\r", "\x00"]
TEXTS = st.lists(st.sampled_from(PIECES + MARKUP), max_size=20).map("".join)


class Counted:
    """The sandbox at hand, and what was begun in it: processes for many, and rooms for one."""

    def __init__(self, sandbox: Sandbox, *, opens: bool = True) -> None:
        self.opened = self.alone = 0
        self._sandbox, self._opens = sandbox, opens

    def place(self, files: Mapping[str, bytes]) -> Slot:
        return self._sandbox.place(files)

    def open(self, place: Slot, common: Mapping[str, Any], limits: Limits) -> WorkerProcess:
        self.opened += 1
        if not self._opens:
            self._sandbox.discard(place)
            raise SandboxError("ours")
        return self._sandbox.open(place, common, limits)

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Any:
        self.alone += 1
        return self._sandbox.begin(place, work, limits)


def together(sandbox: Any, texts: Sequence[str]) -> list[str | None]:
    """What comes of one answer of each submission."""
    shown = list(illustrate_together(sandbox, [{"why": text} for text in texts]))
    assert not any(each.failed for each in shown)
    return [each.answers.get("why") for each in shown]


@given(TEXTS)
def test_plain_text_is_what_markdown_leaves_as_it_is(text: str) -> None:
    """Whatever is taken for plain comes out as the renderer would have had it."""
    html = paragraphs(text)
    assert html is None or clean(html) == clean(of_answers().render(text))


@pytest.mark.parametrize(
    "text", ["Because.", "It is 3.5 times faster (see above):\nno skips; no gradient!\n\nSo, yes.", "½"]
)
def test_ordinary_sentences_need_no_room(text: str) -> None:
    """With line breaks, paragraphs, numbers and letters of any language."""
    shown = without_room({"why": text})
    assert shown is not None
    assert shown.answers["why"].startswith("<p>")


@pytest.mark.parametrize("text", SHOWN)
def test_numbers_signs_and_formulas_are_all_there(text: str) -> None:
    """As a notebook takes them: stars between digits, environments and brackets without dollars."""
    html = clean(of_answers().render(text))
    assert SHOWN[text] in html
    assert not any(lost in html for lost in ("\\arg", "\\begin", "\\label", "<code>\\hat", "&amp;", "*arg"))


@pytest.mark.parametrize("text", SIGNS | DRAWN)
def test_an_answer_keeps_its_signs(text: str) -> None:
    """What is a sign of arithmetic or of a name stays one; what is Markdown is drawn."""
    assert (SIGNS | DRAWN)[text] in clean(of_answers().render(text))


def test_a_notebook_is_shown_as_jupyter_shows_it() -> None:
    """Its titles are titles."""
    assert of_notebooks().render("# Title\n_so_") == "<h1>Title</h1>\n<p><em>so</em></p>\n"


@pytest.mark.parametrize("mark", MARKUP)
def test_what_may_be_markup_is_not_plain(mark: str) -> None:
    """Wherever it stands: what is allowed is listed, and this is not."""
    assert all(without_room({"why": text}) is None for text in (f"{mark}a", f"a{mark}b", f"a {mark} b", f"a\n{mark} b"))


@pytest.mark.parametrize("text", ["- a", "+ a", "1. a", "2) a", "a\n===", "a\n---", "    a", "a  \nb"])
def test_a_line_that_begins_or_ends_like_markup_is_not_plain(text: str) -> None:
    """Lists, underlined headings, code, line breaks."""
    assert without_room({"why": text}) is None


def test_what_is_shown_of_plain_text_is_as_clean_as_the_rest(best: Sandbox) -> None:
    """Letters that nobody sees are written out, by the same way that rendered answers go."""
    text = 'a\u3164b says "it\'s" so'
    plain, rendered = without_room({"why": text}), illustrate(best, {"why": f"{text} *here*"}, []).answers["why"]
    assert plain is not None
    assert rendered == plain.answers["why"].replace("</p>", " <em>here</em></p>")


def test_many_answers_share_one_room(best: Sandbox) -> None:
    """Each gets its own, in order."""
    counted = Counted(best)
    assert together(counted, [f"*{number}*" for number in range(5)]) == [f"<p><em>{n}</em></p>\n" for n in range(5)]
    assert (counted.opened, counted.alone) == (1, 0)


def test_one_bad_text_costs_the_others_nothing(best: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long beside others is done alone, and those after it share another room."""
    monkeypatch.setattr(illustrations, "TOGETHER_SECONDS", 0.05)
    counted = Counted(best)
    first, slow, *after = together(counted, ["*a*", SLOW, "*b*", "*c*"])
    assert (first, after) == ("<p><em>a</em></p>\n", ["<p><em>b</em></p>\n", "<p><em>c</em></p>\n"])
    assert slow and slow.count("<msup>") == 2500
    assert (counted.opened, counted.alone) == (2, 1)


def test_where_no_room_can_be_shared_each_has_its_own(best: Sandbox) -> None:
    """Our machinery fails, and only that of the shared room."""
    counted = Counted(best, opens=False)
    assert together(counted, ["*a*", "*b*"]) == ["<p><em>a</em></p>\n", "<p><em>b</em></p>\n"]
    assert counted.alone == 2
