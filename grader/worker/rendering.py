"""Written answers as HTML, saved figures as pixels. In a room, like student code: hostile bytes meet large libraries.

Reads   the request's "texts" {name: Markdown with $math$}, `folder`/0, 1, 2, ...: PNG or JPEG files, if any
Gives   "text.NAME": HTML without any of the author's own; "figure.N": pixels, uint8, height x width x 3
or
Reads   `folder`/notebook.ipynb, cells and outputs as `notebook_page` makes them
Gives   "page": HTML as nbconvert writes it, UTF-8 in uint8

What comes out is cleaned again before it is shown (`illustrations`): nothing here is believed.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import latex2mathml.converter
import numpy
import torch
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from PIL import Image
from torch import Tensor

LARGEST_SIDE = 800  # pixels of what comes out: 24 figures must fit into one result
PIXELS_CAP = 25_000_000  # of what goes in

_TEX = re.compile(
    r"\\\((?P<inline>.+?)\\\)|\\\[(?P<display>.+?)\\\]|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.+?\\end\{(?P=name)\})",
    re.DOTALL,
)
# What the converter does not know, or numbers, as what it knows.
_KNOWN_AS = (
    (r"\\operatorname\*", r"\\operatorname"),
    (r"\\arg(?![a-zA-Z])", r"\\operatorname{arg}"),
    (r"\{aligned\}", "{split}"),
    (r"\{(align|gather)\}", r"{\1*}"),
    (r"\\(?:nonumber|notag)(?![a-zA-Z])", ""),
)


def illustrations(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """All texts, and the figures in `folder`; a figure that cannot be read is left out."""
    markdown = _markdown()
    values: dict[str, Any] = {f"text.{name}": markdown.render(text) for name, text in request["texts"].items()}
    for path in folder.glob("*"):
        if path.name.isdecimal() and (pixels := _pixels(path.read_bytes())) is not None:
            values[f"figure.{path.name}"] = pixels
    return {"done": True, **values}


def page(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The notebook as nbconvert shows it, without a page around it."""
    import nbformat  # these two take a second
    from nbconvert import HTMLExporter

    notebook = nbformat.reads((folder / "notebook.ipynb").read_text(), as_version=4)  # type: ignore[no-untyped-call]
    exporter = HTMLExporter(template_name="basic", filters={"markdown2html": _markdown().render})  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(notebook)
    return {"page": torch.from_numpy(numpy.frombuffer(body.encode(), numpy.uint8).copy())}


def _markdown() -> MarkdownIt:
    """CommonMark with tables, and math as notebooks take it; raw HTML is shown as text, and pictures are not loaded."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    markdown.use(dollarmath_plugin, renderer=_math, double_inline=True, allow_labels=False)
    markdown.use(amsmath_plugin, renderer=partial(_math, options={"display_mode": True}))
    markdown.inline.ruler.before("math_inline", "math_without_dollars", _math_without_dollars)
    markdown.inline.ruler.at("emphasis", _emphasis)
    return markdown


def _math_without_dollars(state: StateInline, silent: bool) -> bool:
    r"""`\( \)`, `\[ \]`, and an environment within a line."""
    found = _TEX.match(state.src, state.pos, state.posMax)
    if found and not silent:
        token = state.push("math_inline" if found["inline"] else "math_inline_double", "math", 0)
        token.content = found["inline"] or found["display"] or found["environment"]
    if found:
        state.pos = found.end()
    return found is not None


def _emphasis(state: StateInline, silent: bool) -> bool:
    """CommonMark's rule, but that a star between letters or digits is one, as an underscore is: `3*3*256`."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, False)
    for _ in range(scanned.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=scanned.can_open,
                close=scanned.can_close,
            )
        )
    state.pos += scanned.length
    return True


def _math(latex: str, options: dict[str, Any]) -> str:
    display = "block" if options.get("display_mode") else "inline"
    try:
        for pattern, known in _KNOWN_AS:
            latex = re.sub(pattern, known, latex)
        formula = latex2mathml.converter.convert_to_element(latex, display=display)
        for part in formula.iter():  # what stands for a symbol is its entity, which its own writer leaves: and tags too
            part.text = html.unescape(part.text) if part.text else None
        return ElementTree.tostring(formula, encoding="unicode")
    except Exception:  # any text may stand between dollars: then it is shown as it was written
        return f"<code>{html.escape(latex)}</code>"


def _pixels(content: bytes) -> Tensor | None:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as image:
            if image.width * image.height > PIXELS_CAP:
                return None
            image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
            page = Image.new("RGBA", image.size, "white")
            page.alpha_composite(image.convert("RGBA"))
        return torch.from_numpy(numpy.array(page.convert("RGB")))
    except Exception:  # damaged, or of a kind that Pillow does not know
        return None


JOBS = {"illustrations": illustrations, "page": page}
