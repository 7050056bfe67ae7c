"""A package with a notebook beside it, as it comes from elsewhere: what each of a class of submissions gets.

`tests/ports/captions` has what the course gives and its solution; its stubs return None, or do nothing. The words and
weights that students submit are made here, and so are the old tensors that the course compares with.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from lms_downloads import put
from ported import PORTS, Bomb, Submitted, assert_verdicts, each, made_ready, reports_on, saved

from grader.assignment.assignment import load_assignment
from grader.authoring.imported import import_values, parsed
from grader.core.verdict import Outcome
from grader.grading.context import GradingContext
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.long

WORDS = ["dog", "home", "a", "runs", "away"]
FOLLOWS = {"a": "dog", "dog": "runs", "runs": "home", "home": "a"}
ASKED = ["a", "dog", "runs", "home"]  # as the checks number them
MASKS = ("masks[short]", "masks[long]", "masks_nothing")
ATTENDS = ("attends", "attends_with_the_mask")
DECODES, STEP, RATE = "a_trained_decoder", "a_step", "the_rate_of_the_notebook"


def table(words: list[str]) -> bytes:
    """Weights by which each word is followed by the right one."""
    rows = [[float(FOLLOWS.get(word) == after) for after in words] for word in words]
    return saved({"table": torch.tensor(rows)})


TRAINED = {"hw/words.json": json.dumps(WORDS).encode(), "hw/weights/best.pt": table(WORDS)}
NOTEBOOK = (PORTS / "captions/solutions/captions/report.ipynb").read_bytes()


def rewritten(*edits: tuple[str, str]) -> bytes:
    """The solved notebook with other texts in its cells."""
    read: dict[str, Any] = json.loads(NOTEBOOK)
    for cell in read["cells"]:
        for old, new in edits:
            cell["source"] = "".join(cell["source"]).replace(old, new)
    return json.dumps(read).encode()


def with_old_tensors(home: Path, sandbox: Sandbox) -> None:
    """Expected values from the course's files: scores with minus infinity in `.pt`, and an array in `.npy`."""
    old, wanted = home.parent.parent / "old", []
    for case, lengths in {"short": [1, 3], "long": [4, 2, 5]}.items():
        scores = (torch.arange(len(lengths) * 6) * 7 % 11).reshape(-1, 6).float() / 4
        masked = torch.stack(
            [row.where(torch.arange(6) < length, -torch.inf) for row, length in zip(scores, lengths, strict=True)]
        )
        put(old, {f"{case}.pt": saved({"masked": masked, "scores": scores})})
        wanted += [f"masks[{case}].{name}={old}/{case}.pt:{name}" for name in ("masked", "scores")]
    first, second = numpy.array([0, 7, 3, 10]) / 4, numpy.array([6, 2]) / 4
    weights = numpy.zeros((2, 4))
    weights[0], weights[1, :2] = (numpy.exp(part) / numpy.exp(part).sum() for part in (first, second))
    buffer = io.BytesIO()
    numpy.save(buffer, (weights @ (numpy.arange(12) * 7 % 11 / 4).reshape(4, 3)).astype("float32"))
    put(old, {"out.npy": buffer.getvalue()})
    wanted.append(f"attends.out={old}/out.npy")
    import_values(load_assignment(home), sandbox, [parsed(text) for text in wanted])


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> GradingContext:
    """The assignment, with stubs, and expected values of which some are the course's old ones."""
    words = torch.arange(40) % len(ASKED)
    following = torch.tensor([ASKED.index(FOLLOWS[ASKED[number]]) for number in words.tolist()])
    data = {"pairs": {"words": words, "following": following}}
    folder = tmp_path_factory.mktemp("port") / "captions"
    return made_ready("captions", folder, best, submitted=TRAINED, data=data, before=with_old_tensors)


MASKED = 'return scores.masked_fill(behind, float("-inf"))'
WEIGHTS = "weights = masked_scores(scores, lengths).softmax(dim=1)"
STEPS = "    return weights - rate * mean, mean\n"
ONLY_THE_MASK = f"""
import torch


def masked_scores(scores, lengths):
    behind = torch.arange(scores.shape[1]) >= lengths[:, None]
    {MASKED}


def attend(scores, values, lengths):
    \"\"\"For each text the sum of `values` (places, features), weighted by the softmax of its masked scores.\"\"\"
    pass
"""
SUBMISSIONS = {
    "solved": Submitted(),
    "in-a-folder-with-helpers-changed": Submitted({"toolkit/lists.py": b"1 / 0", "toolkit.py": b""}, folder="hw2 (1)/"),
    "other-words": Submitted(
        {"hw/words.json": json.dumps(WORDS[::-1]).encode(), "hw/weights/best.pt": table(WORDS[::-1])}
    ),
    "masks-in-place": Submitted(
        edit=("hw/attention.py", MASKED, MASKED.replace("masked_fill", "masked_fill_")),
        fails=each(Outcome.WRONG_ANSWER, "masks[short]", "masks[long]"),
        said="an argument was changed in place: `scores`",
    ),
    "a-large-number-for-infinity": Submitted(
        edit=("hw/attention.py", 'float("-inf")', "-1e9"),
        fails=each(Outcome.WRONG_ANSWER, "masks[short]", "masks[long]"),
    ),
    "steps-in-place": Submitted(
        edit=("hw/update.py", STEPS, "    return weights.sub_(rate * mean), mean\n"),
        fails=each(Outcome.WRONG_ANSWER, STEP),
        said="Leave what you are given as it is",
    ),
    "calls-by-name": Submitted(
        edit=("hw/attention.py", WEIGHTS, WEIGHTS.replace("(scores, lengths)", "(lengths=lengths, scores=scores)"))
    ),
    "calls-otherwise": Submitted(
        edit=("hw/attention.py", WEIGHTS, WEIGHTS.replace("scores, lengths", "scores, lengths.tolist()")),
        fails={"attends": Outcome.RUNTIME_ERROR, "attends_with_the_mask": Outcome.RUNTIME_ERROR},
        said="AttributeError in `recorded` of checks.py:",
    ),
    "needs-a-gpu": Submitted(
        edit=("hw/attention.py", WEIGHTS, WEIGHTS.replace("softmax(dim=1)", "to('cuda').softmax(dim=1)")),
        fails=each(Outcome.RUNTIME_ERROR, *ATTENDS),
        said="This machine has no GPU",
    ),
    "forgotten-weights": Submitted(
        {"hw/weights/best.pt": None},
        fails=each(Outcome.MISSING, DECODES),
        said="hw/weights/best.pt is read in hw/decode.py:",
    ),
    "a-bomb": Submitted(
        {"hw/weights/best.pt": saved({"table": Bomb()})},
        fails=each(Outcome.RUNTIME_ERROR, DECODES),
        said="Weights only load failed",
    ),
    "forgotten-notebook": Submitted(
        {"report.ipynb": None}, fails=each(Outcome.MISSING, RATE), said="there is no report.ipynb"
    ),
    "another-rate": Submitted(
        {"report.ipynb": rewritten(("rate = 0.5", "rate = 0.4"))}, fails=each(Outcome.WRONG_ANSWER, RATE)
    ),
    "a-cell-that-raises": Submitted(
        {
            "report.ipynb": rewritten(
                ("torch.manual_seed(0)", "1 / 0"), ("rate = 0.5", "rate = 0.5 * torch.pi / torch.pi")
            )
        }
    ),
    "only-the-mask": Submitted(
        {"hw/attention.py": ONLY_THE_MASK.encode()},
        fails={"attends": Outcome.NOT_ATTEMPTED, "attends_with_the_mask": Outcome.WRONG_ANSWER},
    ),
    "untouched": Submitted(
        fails={**each(Outcome.NOT_ATTEMPTED, *MASKS, *ATTENDS, STEP, RATE), DECODES: Outcome.MISSING}
    ),
}


@pytest.fixture(scope="module")
def reports(course: GradingContext, best: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Report]:
    """All of the class, by what each did."""
    return reports_on(course, SUBMISSIONS, best, tmp_path_factory.mktemp("class"))


@pytest.mark.parametrize("id", SUBMISSIONS)
def test_each_submission_gets_its_verdicts(reports: Mapping[str, Report], id: str) -> None:
    """And reads what is wrong."""
    assert_verdicts(SUBMISSIONS[id], reports[id])


def test_answers_are_the_notebooks(reports: Mapping[str, Report]) -> None:
    """Whether a check takes it or not; where there is none, there is no answer."""
    answers = {id: report.answers[0].text for id, report in reports.items()}
    assert {id for id, text in answers.items() if text is None} == {"forgotten-notebook", "untouched"}
    assert "Without it the softmax" in str(answers["solved"])
