"""A course of loose modules, as it comes from elsewhere: what each of a class of submissions gets.

`tests/ports/tagger` has what the course gives and its solution. The weights that students submit are made here.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from ported import Bomb, Submitted, assert_verdicts, each, made_ready, reports_on, saved

from grader.core.verdict import Outcome
from grader.grading.context import GradingContext
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.long

WORDS, TAGS = 9, 4
WINDOWS = ("windows_of_a_sentence[near]", "windows_of_a_sentence[far]", "windows_of_strange_words")
TAGGER = ("scores_of_windows", "tags_by_windows", "a_trained_tagger")
STEP = "a_step_with_momentum"


def weights(output: torch.Tensor) -> bytes:
    """Of a tagger that scores the word in the middle of a window by `output` (words, tags)."""
    beside = torch.zeros(TAGS, WORDS)
    layer = {"output.weight": torch.cat([beside, output.T, beside], 1), "output.bias": torch.zeros(TAGS)}
    return saved({"embedding.weight": torch.eye(WORDS), **layer})


# The tag of a word is its id modulo 4.
TRAINED = weights(torch.nn.functional.one_hot(torch.arange(WORDS) % TAGS, TAGS).float())


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> GradingContext:
    """The assignment, with stubs and expected values."""
    words = torch.arange(40) % WORDS
    folder = tmp_path_factory.mktemp("port") / "tagger"
    data = {"words": {"words": words, "tags": words % TAGS}}
    return made_ready("tagger", folder, best, submitted={"tagger.pth": TRAINED}, data=data)


LOADING = ("tags_by_windows", "a_trained_tagger")
STEPS = "    velocity = momentum * velocity - rate * gradient\n    return weights + velocity, velocity\n"
EXTRA = "extra.product(momentum, velocity)"
IN_PLACE = """
    velocity.mul_(momentum).sub_(rate * gradient)
    return weights.add_(velocity), velocity
"""
SUBMISSIONS = {
    "solved": Submitted(),
    "one-folder-deeper": Submitted(folder="hw 3/"),
    "changed-what-is-given": Submitted({"helpers/vocabulary.py": b"1 / 0", "helpers.py": b"", "vocab.json": b"[]"}),
    "with-helpers": Submitted(
        {"extra.py": b"from more.ops import product\n", "more/ops.py": b"from operator import mul as product\n"},
        edit=("momentum.py", STEPS, f"    import extra\n{STEPS.replace('momentum * velocity', EXTRA)}"),
    ),
    "a-name-of-pythons": Submitted({"types.py": b"1 / 0"}, said="`types.py` has the name of another module"),
    "in-place": Submitted(
        edit=("momentum.py", STEPS, IN_PLACE),
        fails=each(Outcome.WRONG_ANSWER, STEP),
        said="an argument was changed in place: ",
    ),
    "forgotten-module": Submitted(
        {"windows.py": None},
        fails=each(Outcome.MISSING, *WINDOWS, *TAGGER),
        said="tagger.py could not be imported: `windows` is imported in tagger.py:4, but there is no windows.py",
    ),
    "forgotten-weights": Submitted(
        {"tagger.pth": None},
        fails=each(Outcome.MISSING, *LOADING),
        said="tagger.pth is read in tagger.py:30 (tag), but it is missing",
    ),
    "untrained": Submitted(
        {"tagger.pth": weights(torch.ones(WORDS, TAGS))}, fails=each(Outcome.WRONG_ANSWER, "a_trained_tagger")
    ),
    "a-bomb": Submitted(
        {"tagger.pth": saved(Bomb())}, fails=each(Outcome.RUNTIME_ERROR, *LOADING), said="Weights only load failed"
    ),
    "not-python": Submitted(
        edit=("tagger.py", "SIZE, TAGS = 1, 4", "SIZE, TAGS = 1,, 4"),
        fails=each(Outcome.RUNTIME_ERROR, *TAGGER),
        said="tagger.py could not be imported: tagger.py:8: SyntaxError",
    ),
    "windows-too-short": Submitted(
        edit=("windows.py", "i + 2 * size + 1] for", "i + 2 * size] for"),
        fails=each(Outcome.RUNTIME_ERROR, *WINDOWS, *LOADING),
    ),
    "untouched": Submitted(fails=each(Outcome.NOT_ATTEMPTED, *WINDOWS, *TAGGER, STEP)),
}


@pytest.fixture(scope="module")
def reports(course: GradingContext, best: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Report]:
    """All of the class, by what each did."""
    return reports_on(course, SUBMISSIONS, best, tmp_path_factory.mktemp("class"))


@pytest.mark.parametrize("id", SUBMISSIONS)
def test_each_submission_gets_its_verdicts(reports: Mapping[str, Report], id: str) -> None:
    """And reads what is wrong."""
    assert_verdicts(SUBMISSIONS[id], reports[id])
