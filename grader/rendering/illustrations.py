"""Written answers and saved figures, safe to show: rendered in the sandbox, cleaned or encoded again outside it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence

import nh3
import torch
from PIL import Image
from torch import Tensor

from grader.core.errors import SandboxError
from grader.core.limits import MIB, Limits
from grader.core.observation import Fault, Value
from grader.core.submission import SavedFigure
from grader.core.text import visible
from grader.rendering.html_nesting import is_well_nested
from grader.results.report import Figure, Illustrations
from grader.sandbox.sandbox import Sandbox

LIMITS = Limits(seconds=10, memory=1024 * MIB)
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


def illustrate(sandbox: Sandbox, answers: Mapping[str, str], figures: Sequence[SavedFigure]) -> Illustrations:
    """Render what can be rendered; what cannot is left out, and a page then shows the plain text."""
    short = {name: text for name, text in answers.items() if len(text) <= TEXT_CAP}
    if not short and not figures:
        return Illustrations()
    files = {"pages/texts.json": json.dumps(short).encode()}
    files |= {f"pages/{number}": figure.content for number, figure in enumerate(figures)}
    try:
        result = sandbox.begin(sandbox.place(files), {"render": "illustrations"}, LIMITS).wait().result
    except SandboxError:
        return Illustrations(lost=len(figures), failed=True)
    if isinstance(result, Fault):
        return Illustrations(lost=len(figures))
    texts = {name: result.get(f"text.{name}") for name in short}
    pixels = [(figure.cell, result.get(f"figure.{number}")) for number, figure in enumerate(figures)]
    pictures = tuple(Figure(cell, to_png(picture)) for cell, picture in pixels if is_picture(picture))
    return Illustrations(
        {name: clean(text) for name, text in texts.items() if isinstance(text, str) and _is_sound(text)},
        pictures,
        lost=len(figures) - len(pictures),
    )


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
