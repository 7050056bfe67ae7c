"""Drawings as inline SVG: lines, rectangles and numbers, with a sentence for who cannot see them.

Colours and widths are those of classes in the pages' style: their policy admits no `style` attribute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from grader.core.drawing import Curves, Drawing, Heat, Histogram
from grader.core.text import counted

WIDTH, HEIGHT = 320, 110  # of curves and histograms, in the units of the picture
LEFT = 46  # of it, for the numbers beside curves
CELL = 9
SCALE = 1.4  # pixels of a unit, at most


def picture(drawing: Drawing) -> Markup:
    """A figure of its own."""
    match drawing:
        case Heat():
            return _heat(drawing)
        case Curves():
            return _curves(drawing)
        case Histogram():
            return _histogram(drawing)


def _heat(heat: Heat) -> Markup:
    row, column = heat.worst
    across, down = len(heat.rows[0]) * CELL, len(heat.rows) * CELL
    parts = [
        f'<rect class="heat{digit}" x="{x * CELL}" y="{y * CELL}" width="{CELL}" height="{CELL}"/>'
        for y, line in enumerate(heat.rows)
        for x, digit in enumerate(line)
        if digit != "0"
    ]
    parts.append(
        f'<rect class="worst" x="{column // heat.block * CELL}" y="{row // heat.block * CELL}" '
        f'width="{CELL}" height="{CELL}"/>'
    )
    place = ", ".join(map(str, [*heat.plane, row, column]))
    plane = f", in the plane ({', '.join(map(str, heat.plane))}, :, :)" if heat.plane else ""
    each = f" Each cell is the worst of {heat.block} × {heat.block} values." if heat.block > 1 else ""
    said = (
        f"Where it differs{plane}: the stronger, the further off; empty cells are right. The frame is the worst, at "
        f"({place}).{each}"
    )
    return _figure(Markup("".join(parts)), across, down, said, "heat")  # noqa: S704  (numbers)


def _curves(curves: Curves) -> Markup:
    known = [each for each in (*curves.yours, *curves.expected) if each is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = (high - low) or 1.0
    last = max(len(curves.expected) - 1, 1)

    def line(values: Sequence[float | None], name: str) -> str:
        return "".join(
            f'<polyline class="{name}" points="{" ".join(run)}"/>'
            if len(run) > 1
            else f'<rect class="{name}" x="{float(run[0].split(",")[0]) - 1.5:.1f}" '
            f'y="{float(run[0].split(",")[1]) - 1.5:.1f}" width="3" height="3"/>'
            for run in _runs(values, last, low, room)
        )

    parts = line(curves.expected, "expected") + line(curves.yours, "yours") + _labels(f"{high:.4g}", f"{low:.4g}")
    missing = curves.yours.count(None)
    gaps = f" {counted(missing, 'value')} of yours not finite." if missing else ""
    values = counted(len(curves.expected), "value")
    said = f"Yours (solid) and expected (dashed), {values} from {low:.4g} to {high:.4g}.{gaps}"
    return _figure(Markup(parts), WIDTH, HEIGHT, said, "curves")  # noqa: S704  (numbers)


def _runs(values: Sequence[float | None], last: int, low: float, room: float) -> Iterator[list[str]]:
    """The points of each stretch without a gap."""
    run: list[str] = []
    for index, value in enumerate(values):
        if value is None:
            if run:
                yield run
            run = []
        else:
            x, y = LEFT + (WIDTH - LEFT - 4) * index / last, HEIGHT - 4 - (HEIGHT - 8) * (value - low) / room
            run.append(f"{x:.1f},{y:.1f}")
    if run:
        yield run


def _histogram(drawn: Histogram) -> Markup:
    tallest = max([*drawn.counts, *drawn.expected, 1])
    wide = WIDTH / len(drawn.counts)
    bars = "".join(
        f'<rect class="yours" x="{index * wide + 0.5:.1f}" y="{HEIGHT - 14 - (HEIGHT - 18) * count / tallest:.1f}" '
        f'width="{wide - 1:.1f}" height="{(HEIGHT - 18) * count / tallest:.1f}"/>'
        for index, count in enumerate(drawn.counts)
    )
    points = " ".join(
        f"{(index + 0.5) * wide:.1f},{HEIGHT - 14 - (HEIGHT - 18) * count / tallest:.1f}"
        for index, count in enumerate(drawn.expected)
    )
    ends = (
        f'<text x="0" y="{HEIGHT - 2}">{drawn.low:.4g}</text>'
        f'<text class="end" x="{WIDTH}" y="{HEIGHT - 2}">{drawn.high:.4g}</text>'
    )
    outside = f" {counted(drawn.outside, 'value')} more outside of it." if drawn.outside else ""
    said = f"How often your values fall where (bars), and how often they should (line).{outside}"
    parts = f'{bars}<polyline class="expected" points="{points}"/>{ends}'
    return _figure(Markup(parts), WIDTH, HEIGHT, said, "draws")  # noqa: S704  (numbers)


def _labels(above: str, below: str) -> str:
    return f'<text x="2" y="10">{above}</text><text x="2" y="{HEIGHT - 3}">{below}</text>'


def _figure(parts: Markup, across: int, down: int, said: str, name: str) -> Markup:
    return Markup(
        '<figure class="drawing"><svg class="{}" viewBox="-1 -1 {} {}" width="{}" role="img" aria-label="{}">{}</svg>'
        "<figcaption>{}</figcaption></figure>"
    ).format(name, across + 2, down + 2, round(SCALE * across), said, parts, said)
