"""Gradescope gets a score only where there is one, and shows students nothing that measures hidden checks."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sample_reports import report, scored, verdict

from grader.assignment.manifest import Late
from grader.cli.export import Platform, export
from grader.core.verdict import Outcome
from grader.exports.gradescope import failed_json, results_json
from grader.results.decisions import Decisions
from grader.results.folder import Class, save, save_class, settle
from grader.results.gradebook import build
from grader.results.lateness import LateEntry
from grader.results.marks import Graded
from grader.results.report import Answer, Illustrations, Report


def graded_report(**fields: Any) -> Report:
    """Two public checks and a hidden one with cases that name what they test."""
    third: dict[str, Any] = {
        "hidden": True,
        "points": 3,
        "claim": "The secret claim.",
        "log": "a secret",
        "evidence": ("secret",),
    }
    return report(
        verdict("squares"),
        verdict(
            "greets", Outcome.WRONG_ANSWER, message="`out` differs", next_step="Look at it.", evidence=("layers: 2",)
        ),
        verdict("large", Outcome.PASSED, case="secret_shape", **third),
        verdict("large", Outcome.WRONG_ANSWER, case="secret_size", message="a secret", next_step="secret", **third),
        **fields,
    )


def results(of: Report, **fields: Any) -> dict[str, Any]:
    """What Gradescope reads."""
    (row,) = build([Graded.of(of)], **fields).rows
    parsed: dict[str, Any] = json.loads(results_json(of, row, said=["Sandbox: isolated."]))
    return parsed


def test_gradescope_gets_a_test_for_each_check() -> None:
    """With its points, and what the student reads of a public one."""
    read = results(graded_report(notes=("found elsewhere",)))
    assert read["score"] == 5
    assert [(test["name"], test["score"], test["max_score"], test["status"]) for test in read["tests"]] == [
        ("squares", 2, 2, "passed"), ("greets", 0, 2, "failed"), ("large", 3, 6, "failed"),
    ]  # fmt: skip
    assert read["tests"][1]["output"] == "The claim of greets.\nwrong answer: `out` differs\nLook at it.\nlayers: 2"
    assert read["output"] == "Sandbox: isolated.\nfound elsewhere"


def test_gradescope_shows_students_nothing_that_measures_a_hidden_check() -> None:
    """Its test is never shown, tells no more than outcomes to its readers, and no text speaks of points."""
    read = results(graded_report())
    public, hidden = read["tests"][:2], read["tests"][2]
    assert [test["visibility"] for test in public] == ["visible", "visible"]
    assert hidden["visibility"] == "hidden"
    assert hidden["output"] == "wrong answer (2)\npassed (1)"
    assert "secret" not in json.dumps(read)
    assert read["stdout_visibility"] == "hidden"
    assert "leaderboard" not in read and "extra_data" not in read
    shown = " ".join([read["output"], *(test["output"] for test in public)])
    assert "points" not in shown and "5" not in shown


def test_gradescopes_score_is_the_exact_total_after_lateness() -> None:
    """Thirds are not lost to the rounding of tests, and late is said as a percent."""
    thirds = [replace(verdict("thirds", case=case), points=Fraction(1, 3)) for case in "abc"]
    read = results(
        report(*thirds), policy=Late(deadline=datetime(2026, 11, 30, tzinfo=UTC), percent_per_day=10),
        late={"ada": LateEntry(days=Fraction(2))},
    )  # fmt: skip
    assert read["tests"][0]["score"] == 1
    assert read["score"] == 0.8
    assert "2 days late: 20 percent" in read["output"]


def test_gradescope_tells_what_a_written_answer_earned() -> None:
    """Its points and the comment once a person has scored it; before, that it waits."""
    rubric = ((2, "The reason."),)
    why, how = (Answer(id, id, id, rubric, text) for id, text in (("why", "Because."), ("how", None)))
    waits = results(report(verdict("squares"), answers=(why, how)))
    assert waits["output"].splitlines()[1:] == ["The written answer why is graded by hand."]
    scores = {("ada", "why"): scored(why, Fraction(3, 2), "fair"), ("ada", "how"): scored(how, Fraction())}
    read = results(report(verdict("squares"), answers=(why, how)), decisions=Decisions(scores))
    assert read["output"].splitlines()[1:] == [
        "The written answer why has 1.5 of 2 points: fair", "The written answer how has 0 of 2 points",
    ]  # fmt: skip
    assert read["score"] == 3.5


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (report(verdict("squares"), verdict("greets", Outcome.GRADER_ERROR)), "not your code's fault"),
        (report(verdict("squares"), reason="two copies"), "two copies"),
    ],
)
def test_without_a_grade_gradescope_gets_no_score_and_no_test(of: Report, said: str) -> None:
    """Tests without a score would add up to a zero."""
    read = results(of)
    assert said in read["output"]
    assert not {"score", "tests"} & read.keys()
    assert not {"score", "tests"} & json.loads(failed_json(["x"])).keys()


def test_hostile_texts_are_plain_text_for_gradescope() -> None:
    """No markup is asked for, and nothing hides or turns around."""
    read = results(report(verdict("squares", Outcome.WRONG_ANSWER, message="<b>\u202eevil\x1b[2J"), notes=("\x00",)))
    assert {read["output_format"], read["tests"][0]["output_format"]} == {"text"}
    assert "\u202e" not in read["tests"][0]["output"] and "\x1b" not in read["tests"][0]["output"]


def test_results_for_gradescope_stay_in_their_folder(tmp_path: Path) -> None:
    """A name in a download that is a path leads nowhere else."""
    out, target = tmp_path / "results", tmp_path / "far" / "down" / "out"
    names = ("ada", "../../evil", str(tmp_path / "absolute"))
    save_class(out, Class("tiny", "Tiny", names))
    for name in names:
        aside = "" if name == "ada" else "not a name"
        final = dict.fromkeys(("squares", "greets", "large"), "a key")
        save(out, graded_report(submission_id=name, reason=aside, keys=final), Illustrations())
    settle(out)
    before = set(tmp_path.rglob("*"))
    export(out, to=Platform.GRADESCOPE, target=target)
    written = [path for path in set(tmp_path.rglob("*")) - before if path.is_file()]
    assert len(written) == 3
    assert {path.parent.parent for path in written} == {target}
