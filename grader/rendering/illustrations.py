"""Written answers and saved figures, safe to show: rendered in the sandbox, cleaned or encoded again outside it.

Plain text needs no room. Answers of several submissions may share one, as what renders text is Python, and runs nothing
of it. Pictures are read by large libraries in C, which one may take over: those of a submission have their own room.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence

import nh3
import torch
from PIL import Image
from torch import Tensor

from grader.core.limits import MIB, Limits
from grader.core.observation import Fault, Value, Values
from grader.core.submission import SavedFigure
from grader.core.text import visible
from grader.rendering.html_nesting import is_well_nested
from grader.rendering.plain_text import paragraphs
from grader.results.report import Figure, Illustrations
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.worker_process import WorkerProcess

LIMITS = Limits(seconds=10, memory=1024 * MIB)
TOGETHER_SECONDS = 1  # honest answers take milliseconds; what takes longer goes alone
TEXT_CAP = 20_000  # characters of an answer that is rendered; a longer one is shown as it is written
HTML_CAP = 20 * TEXT_CAP  # characters: a few lines of Markdown can ask for a table of a hundred thousand cells

TEXT = {
    "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
MATH = {
    "math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup", "msub", "msubsup",
    "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "math": {"display"},
    "mo": {"stretchy", "fence", "form", "minsize", "maxsize", "separator", "movablelimits"},
    "mi": {"mathvariant"},
    "mtable": {"columnalign", "columnspacing", "rowspacing"},
    "mtd": {"columnalign"},
    "mspace": {"width"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
    "munder": {"accentunder"},
}


def without_room(answers: Mapping[str, str]) -> Illustrations | None:
    """The answers where none has to be rendered; None where any has."""
    plain, texts = _apart(answers)
    return None if texts else Illustrations(plain)


def illustrate(sandbox: Sandbox, answers: Mapping[str, str], figures: Sequence[SavedFigure]) -> Illustrations:
    """Render what can be rendered, in a room of its own. What cannot is left out, and a page shows plain text.

    Whatever a text or a picture does, this returns.
    """
    plain, texts = _apart(answers)
    if not texts and not figures:
        return Illustrations(plain)
    files = {f"pages/{number}": figure.content for number, figure in enumerate(figures)}
    try:
        result = sandbox.begin(sandbox.place(files), _work(texts), LIMITS).wait().result
        if isinstance(result, Fault):
            return Illustrations(plain, lost=len(figures))
        pixels = [(figure.cell, result.get(f"figure.{number}")) for number, figure in enumerate(figures)]
        pictures = tuple(Figure(cell, to_png(picture)) for cell, picture in pixels if is_picture(picture))
        return Illustrations(plain | _rendered(texts, result), pictures, lost=len(figures) - len(pictures))
    except Exception:  # the report stands, and its page shows the text as it is written
        return Illustrations(plain, lost=len(figures), failed=True)


def illustrate_together(sandbox: Sandbox, answers: Sequence[Mapping[str, str]]) -> Iterator[Illustrations]:
    """The answers of many submissions, in order, rendered in one room; those that fail there get one of their own."""
    process: WorkerProcess | None = None
    try:
        for each in answers:
            plain, texts = _apart(each)
            try:
                process = process or sandbox.open(sandbox.place({}), {"computes": False}, LIMITS)
                result = process.begin(_work(texts), LIMITS.within(TOGETHER_SECONDS)).wait().result
                shown = None if isinstance(result, Fault) else Illustrations(plain | _rendered(texts, result))
            except Exception:  # then it is tried alone
                shown = None
            if process and (process.is_lost or shown is None):
                process.end()
                process = None
            yield shown or illustrate(sandbox, each, ())
    finally:
        if process:
            process.end()


def _apart(answers: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Plain answers as HTML, and the others, to be rendered. What is too long is neither: it is shown as written."""
    plain, rest = {}, {}
    for name, text in answers.items():
        if len(text) <= TEXT_CAP:
            html = paragraphs(text)
            if html is None:
                rest[name] = text
            else:
                plain[name] = clean(html)
    return plain, rest


def _work(texts: Mapping[str, str]) -> dict[str, object]:
    """The request. Texts come with it: of others nothing is in the room before they are asked for."""
    return {"render": "illustrations", "texts": texts}


def _rendered(texts: Mapping[str, str], result: Values) -> dict[str, str]:
    found = {name: result.get(f"text.{name}") for name in texts}
    return {name: clean(html) for name, html in found.items() if isinstance(html, str) and _is_sound(html)}


def clean(html: str) -> str:
    """HTML with the tags of text and formulas only: nothing that runs, loads, styles or hides."""
    cleaned = nh3.clean(
        html,
        tags=TEXT | MATH,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
    return uncut(cleaned)


def _is_sound(html: str) -> bool:
    """Whether it is as large and as well nested as a rendered answer is; any other is shown as it was written."""
    return len(html) <= HTML_CAP and is_well_nested(html, MATH)


def uncut(cleaned: str) -> str:
    """Cleaned HTML with its controls written out, and all of it: a cut could fall into a tag."""
    return visible(cleaned, 10 * len(cleaned))  # written out, a character is ten at most


def is_picture(value: Value) -> bool:
    """Whether it is pixels as `rendering` gives them."""
    if not isinstance(value, Tensor) or value.dtype is not torch.uint8:
        return False
    return value.dim() == 3 and value.shape[2] == 3 and value.numel() > 0


def to_png(pixels: Value) -> str:
    """A PNG of pixels (uint8, height x width x 3) in base64, made here, so that nothing made elsewhere is in it."""
    assert isinstance(pixels, Tensor)
    encoded = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(encoded, "PNG")
    return base64.b64encode(encoded.getvalue()).decode()
