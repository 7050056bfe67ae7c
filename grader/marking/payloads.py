"""What the page is told, as JSON, and the page itself. Numbers of points are decimal, as people type them."""

from __future__ import annotations

import functools
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from grader.core.digest import digest
from grader.marking.now import Now, Progress, View, items_version
from grader.marking.tally import agreement
from grader.pages.html import environment
from grader.results.folder import read_shown
from grader.results.report import Illustrations, shown, shown_if_any

Json: TypeAlias = dict[str, object]


def page(template: str, title: str, marker: str) -> str:
    """A page, without any answer."""
    return _templates().get_template(template).render(title=title, marker=marker)


def stylesheet() -> str:
    """That of all pages, and what this one has beside it."""
    own = Path(__file__).with_name("static") / "mark.css"
    return environment().from_string("{{ style.text }}\n").render() + own.read_text(encoding="utf-8")


def overview(now: Now, question: str, *, second: bool) -> Json:
    """How far a question is, and its answers. Each marker has another order, so that two seldom meet."""
    now.first(question)  # there is one
    views = sorted(now.views(question, second=second), key=lambda view: digest(now.marker, view.entry.alias))
    scored = [each.latest.marker for each in views if each.latest and each.progress is Progress.SCORED]
    return {
        "again": sum(each.progress is Progress.AGAIN for each in views),
        "flagged": sum(each.flagged for each in views),
        "markers": {} if second else Counter(scored),
        "answers": [in_short(each) for each in views],
    }


def agreements(now: Now) -> list[Json]:
    """How far markers agree, by question, with the answers on which they do not; not what each has given."""
    found = [agreement(now, each) for each in now.questions]
    return [
        {
            "question": each.question,
            "title": now.first(each.question).answer.title,
            "pairs": len(each.pairs),
            "same": each.same,
            "apart": shown_if_any(each.apart),
            "differing": [
                {"alias": pair.alias, "who": f"{pair.first}, {pair.second}", "apart": shown(abs(pair.above))}
                for pair in sorted(each.pairs, key=lambda pair: -abs(pair.above))
                if pair.above
            ],
        }
        for each in found
    ]


def questions(now: Now) -> list[Json]:
    """Those of the class, in the order of the assignment."""
    return [{"id": each, "title": now.first(each).answer.title} for each in now.questions]


def in_short(view: View) -> Json:
    """An answer in a list, with points only where they are this marker's: others' would be hard to forget."""
    return {
        "alias": view.entry.alias,
        "progress": view.progress,
        "points": shown_if_any(view.mark.points) if view.mine else "",
        "marker": view.latest.marker if view.latest else "",
        "flagged": view.flagged,
        "blank": view.entry.is_blank,
        "version": view.version,
    }


def answer(now: Now, view: View, results: Path, *, second: bool = False) -> Json:
    """An answer to be marked: `html` to read, its rubric, and what it has been given; for a `second` score, by whom."""
    given = view.latest if view.latest and not view.mark.again else None
    adjust = Fraction()
    if given and given.points is not None:
        adjust = given.adjust if given.items or given.adjust else given.points  # a sheet has points alone
    return in_short(view) | {
        "question": view.entry.answer.id,
        "second": second,
        "points": shown_if_any(view.mark.points),
        "html": _html(now, view, read_shown(results, view.entry.id), second),
        "max": decimal(view.entry.question.max_points),
        "items": [{"key": key, "points": decimal(each.points), "text": each.text} for key, each in view.items.items()],
        "itemsVersion": items_version(view.items),
        "has": given.items if given else (),
        "adjust": decimal(adjust),
        "scored": view.mark.points is not None,
        "comment": view.mark.comment,
        "alike": [] if second else [in_short(each) for each in now.alike(view.entry)],
    }


def find(now: Now, question: str, text: str) -> list[str]:
    """The aliases of the answers in which a text is, or that begin with it."""
    wanted = text.casefold().strip()
    return [
        entry.alias
        for entry in now.questions.get(question, {}).values()
        if entry.alias.startswith(wanted) or wanted in (entry.answer.text or "").casefold()
    ]


def decimal(points: Fraction) -> str:
    """A number of points exactly, as what was typed was decimal."""
    return f"{float(points):.6f}".rstrip("0").rstrip(".")


def _html(now: Now, view: View, illustrations: Illustrations, second: bool) -> str:
    entry = view.entry
    rendered = illustrations.answers.get(entry.answer.id)
    return (
        _templates()
        .get_template("answer.html.j2")
        .render(
            answer=entry.answer,
            view=view,
            rendered=None if rendered is None else Markup(rendered),  # noqa: S704  (cleaned by `illustrate`)
            figures=[each.cell for each in illustrations.figures],
            lost=illustrations.lost,
            alias=entry.alias,
            decisions=() if second else now.decisions.scores.get((entry.id, entry.answer.id), ()),
            seconds=() if second else now.decisions.seconds.get((entry.id, entry.answer.id), ()),
        )
    )


@functools.cache
def _templates() -> Environment:
    return environment().overlay(loader=PackageLoader("grader.marking"))
