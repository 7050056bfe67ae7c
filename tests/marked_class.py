"""A class with written answers, as graded, for the tests of marking."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from sample_reports import report, verdict

from grader.rendering.plain_text import paragraphs
from grader.results.decisions import read_decisions
from grader.results.folder import Class, read_class, reports, save, save_class, settle
from grader.results.report import Answer, Illustrations, Report

WHY = Answer("why", "Why standardise?", "Why?", ((2, "The columns have one scale."), (1, "An example.")), "Because.")
HOW = Answer("how", "How?", "How?", ((4, "Names the two steps."),), "Like this.")
SO = Answer("so what", "So what?", "What follows?", ((1, "It is faster."), (1, "It is safer.")), "Thus.")
QUESTIONS = (WHY, HOW, SO)


def submitted(id: str, *texts: str | None, questions: tuple[Answer, ...] = QUESTIONS) -> Report:
    """A report with answers of these texts; where none is given, with one that nobody else has."""
    said = [*texts, *(f"The answer of number {len(id)}{id[-2:]}." for _ in questions[len(texts) :])]
    answers = tuple(replace(each, text=text) for each, text in zip(questions, said, strict=True))
    return report(verdict("squares"), submission_id=id, answers=answers)


def store(out: Path, each: Report) -> None:
    """Save a report, new or in the place of another."""
    rendered = {answer.id: paragraphs(answer.text or "") for answer in each.answers}
    shown = Illustrations({name: html for name, html in rendered.items() if html})
    save(out, replace(each, keys={one.check: "version.rest" for one in each.verdicts}), shown)


def make_class(out: Path, *members: Report) -> Path:
    """A folder of results."""
    save_class(out, Class("tiny", "Scales", tuple(each.submission_id for each in members)))
    for each in members:
        store(out, each)
    return out


def totals(out: Path) -> dict[tuple[str, str], Fraction | None]:
    """What counts for each student and question, by the gradebook."""
    book, _ = settle(out)
    return {(row.id, name): mark.points for row in book.rows for name, mark in row.questions.items()}


def texts(out: Path) -> dict[tuple[str, str], str | None]:
    """What has been submitted, by id and question."""
    return {(each.submission_id, one.id): one.text for each in reports(out, read_class(out)) for one in each.answers}


def stored(out: Path) -> int:
    """How many scores there are, those that others replaced among them."""
    return sum(map(len, read_decisions(out).scores.values()))
