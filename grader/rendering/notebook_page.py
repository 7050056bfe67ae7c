"""A notebook for people to read: its cells, what was saved with them and, if asked for, what they give when run now.

read_notebook -> [run in a room] -> nbconvert in another room -> cleaned here
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import nh3
from torch import Tensor

from grader.core.errors import UsageError
from grader.core.limits import MIB, Limits
from grader.core.observation import Fault, Values
from grader.core.text import visible
from grader.files.notebooks import CELLS, FIGURES_CAP, Notebook, code_of
from grader.rendering.html_nesting import is_well_nested
from grader.rendering.illustrations import ATTRIBUTES, MATH, TEXT, illustrate, is_picture, to_png, uncut
from grader.results.report import Figure, Illustrations
from grader.sandbox.sandbox import Sandbox

PACKAGE = "notebook"
GRACE = 4  # seconds: a cell may ignore its first alarms
PAGE_LIMITS = Limits(seconds=60, memory=1024 * MIB)
HTML_CAP = 16 << 20

_PLACE = re.compile(r'<img alt="figure:(saved|now):(\d{1,6}):(\d{1,3})">')


@dataclass(frozen=True, slots=True)
class Rerun:
    """What cells gave when run now: by the cell's number its text (printed, or why it stopped), and figures."""

    texts: Mapping[int, str] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()


def rerun(sandbox: Sandbox, notebook: Notebook, beside: Mapping[str, bytes], *, seconds: float) -> Rerun:
    """Run the notebook whole, with files `beside` it, for at most `seconds`. Raises `SandboxError`."""
    result = _run(sandbox, code_of(notebook), beside, seconds)
    if isinstance(result, Fault):
        return Rerun({cell.number: result.message for cell in notebook.cells if cell.code})
    return Rerun(_texts(result), _figures(result))


def with_figures_now(
    sandbox: Sandbox, shown: Illustrations, code: bytes, beside: Mapping[str, bytes], *, seconds: float
) -> Illustrations:
    """The same with the figures that the cells in `code` draw when run now, as `rerun` runs them; this returns."""
    try:
        result = _run(sandbox, code, beside, seconds)
        return replace(shown, now=() if isinstance(result, Fault) else _figures(result))
    except Exception:  # the report stands
        return replace(shown, failed=True)


def _run(sandbox: Sandbox, code: bytes, beside: Mapping[str, bytes], seconds: float) -> Values | Fault:
    files = {f"submission/{PACKAGE}/{CELLS}": code}
    files |= {f"submission/{path}": content for path, content in beside.items()}
    work = {"execute": seconds, "package": PACKAGE}
    return sandbox.begin(sandbox.place(files), work, Limits(seconds=seconds + GRACE)).wait().result


def page_body(sandbox: Sandbox, notebook: Notebook, again: Rerun | None) -> str:
    """The notebook as clean HTML, to be put into a page of ours. Raises `SandboxError`."""
    saved = illustrate(sandbox, {}, notebook.figures)
    files = {"pages/notebook.ipynb": json.dumps(_for_nbconvert(notebook, saved, again)).encode()}
    result = sandbox.begin(sandbox.place(files), {"render": "page"}, PAGE_LIMITS).wait().result
    page = None if isinstance(result, Fault) else result.get("page")
    if not isinstance(page, Tensor) or page.numel() > HTML_CAP:
        said = result.message if isinstance(result, Fault) else f"its page takes more than {HTML_CAP >> 20} MiB"
        raise UsageError(f"the notebook could not be rendered: {said}; look at it in Jupyter, without running it")
    rendered = page.byte().numpy().tobytes().decode("utf-8", "replace")
    if not is_well_nested(rendered, MATH):
        raise UsageError("the notebook's page is not well-formed HTML; look at it in Jupyter, without running it")
    html = _clean(rendered)
    pictures = {("saved", *key): png for key, png in _numbered(saved.figures).items()}
    pictures |= {("now", *key): png for key, png in _numbered(again.figures if again else ()).items()}
    return _PLACE.sub(lambda match: _image(pictures.get((match[1], int(match[2]), int(match[3])))), html)


def _for_nbconvert(notebook: Notebook, saved: Illustrations, again: Rerun | None) -> dict[str, Any]:
    """A notebook whose outputs are plain text and the names of figures: nothing else reaches nbconvert."""
    cells = []
    for cell in notebook.cells:
        made: dict[str, Any] = {"cell_type": "code" if cell.code else "markdown", "metadata": {}, "source": cell.source}
        if cell.code:
            outputs = _outputs("saved", cell.number, cell.printed, saved.figures)
            if again:
                outputs.append(_html('<p class="now">When run now:</p>'))
                outputs += _outputs("now", cell.number, again.texts.get(cell.number, ""), again.figures)
            made |= {"outputs": outputs, "execution_count": None}
        cells.append(made)
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def _outputs(when: str, cell: int, text: str, figures: Sequence[Figure]) -> list[dict[str, Any]]:
    outputs: list[dict[str, Any]] = []
    if text:
        outputs.append({"output_type": "stream", "name": "stdout", "text": visible(text)})
    count = sum(figure.cell == cell for figure in figures)
    return outputs + [_html(f'<img alt="figure:{when}:{cell}:{number}">') for number in range(count)]


def _html(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}


def _clean(html: str) -> str:
    attributes = {**ATTRIBUTES, "div": {"class"}, "span": {"class"}, "pre": {"class"}, "p": {"class"}, "img": {"alt"}}
    tags = TEXT | MATH | {"div", "span", "img"}
    cleaned = nh3.clean(html, tags=tags, attributes=attributes, url_schemes={"http", "https"}, url_relative="deny")
    return uncut(cleaned)


def _texts(result: Values) -> dict[int, str]:
    cells = result.get("cells")
    texts: dict[int, str] = {}
    for cell in cells if isinstance(cells, list) else []:
        match cell:
            case [int(number), str(printed), str(stopped)]:
                texts[number] = "\n".join(part for part in (printed.rstrip("\n"), stopped) if part) or "(no output)"
    return texts


def _figures(result: Values) -> tuple[Figure, ...]:
    """The first few pictures, by cell: the code that was run can have sent any number of them, in any order."""
    named = [(re.fullmatch(r"figure\.(\d{1,6})\.(\d{1,3})", name), value) for name, value in result.items()]
    pictures = {(int(name[1]), int(name[2])): value for name, value in named if name and is_picture(value)}
    return tuple(Figure(cell, to_png(pictures[cell, place])) for cell, place in sorted(pictures)[:FIGURES_CAP])


def _numbered(figures: Sequence[Figure]) -> dict[tuple[int, int], str]:
    """The pictures by the number of their cell and their place among those of the cell."""
    numbered: dict[tuple[int, int], str] = {}
    for figure in figures:
        place = sum(cell == figure.cell for cell, _ in numbered)
        numbered[figure.cell, place] = figure.png
    return numbered


def _image(png: str | None) -> str:
    return f'<img alt="figure" src="data:image/png;base64,{png}">' if png else ""
