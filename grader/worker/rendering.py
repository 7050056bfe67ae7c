"""Written answers as HTML, saved figures as pixels. In a room, like student code: hostile bytes meet large libraries.

Reads   the request's "texts" {name: Markdown with $math$}, `folder`/0, 1, 2, ...: PNG or JPEG files, if any
Gives   "text.NAME": HTML without any of the author's own; "figure.N": pixels, uint8, height x width x 3
or
Reads   `folder`/notebook.ipynb, cells and outputs as `notebook_page` makes them
Gives   "page": HTML as nbconvert writes it, UTF-8 in uint8

What comes out is cleaned again before it is shown (`illustrations`): nothing here is believed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import torch
from PIL import Image
from torch import Tensor

from grader.worker.markdown import of_answers, of_notebooks

LARGEST_SIDE = 800  # pixels of what comes out: 24 figures must fit into one result
PIXELS_CAP = 25_000_000  # of what goes in


def illustrations(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """All texts, and the figures in `folder`; a figure that cannot be read is left out."""
    markdown = of_answers()
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
    exporter = HTMLExporter(template_name="basic", filters={"markdown2html": of_notebooks().render})  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(notebook)
    return {"page": torch.from_numpy(numpy.frombuffer(body.encode(), numpy.uint8).copy())}


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
