"""What students have."""

import torch

from grader import accuracy, check, close, equal, unchanged

TEXT = ["a", "dog", "runs", "home"]


def of_the_handout(rows, columns):
    """Numbers without a pattern, as in the handout's drawing."""
    return (torch.arange(rows * columns) * 7 % 11).reshape(rows, columns).float() / 4


@check(
    points=2,
    seconds=10,
    cases={"short": {"lengths": [1, 3]}, "long": {"lengths": [4, 2, 5]}},
    expect=[close("masked", atol=1e-6, infinities=True), unchanged("scores")],
)
def masks(hw, case):
    """masked_scores gives minus infinity behind the end of each text, and leaves the scores as they are."""
    scores = of_the_handout(len(case["lengths"]), 6)
    return {"masked": hw.attention.masked_scores(scores, torch.tensor(case["lengths"])), "scores": scores}


@check(points=2, seconds=10, expect=[close("out", atol=1e-5)])
def attends(hw):
    """attend gives the weighted sum of the values."""
    return {"out": hw.attention.attend(of_the_handout(2, 4), of_the_handout(4, 3), torch.tensor([4, 2]))}


@check(points=1, seconds=10, expect=[equal("asked")])
def attends_with_the_mask(hw):
    """attend has masked_scores mask its scores."""
    asked, masked_scores = [], hw.attention.masked_scores

    def recorded(scores, lengths):
        asked.append([*scores.shape, *lengths.tolist()])
        return masked_scores(scores, lengths)

    hw.attention.masked_scores = recorded
    hw.attention.attend(torch.zeros(3, 5), torch.ones(5, 2), torch.tensor([1, 5, 2]))
    return {"asked": asked}


@check(
    points=3,
    seconds=10,
    expect=[
        close("new_weights", atol=1e-6),
        close("new_mean", atol=1e-6),
        *map(unchanged, ("weights", "gradient", "mean")),
    ],
)
def a_step(hw, seed):
    """step gives new weights and a new running mean, and leaves what it is given as it is."""
    torch.manual_seed(seed)
    given = {name: torch.rand(2 + seed % 3, 4) for name in ("weights", "gradient", "mean")}
    weights, mean = hw.update.step(**given, rate=0.5, decay=0.9)
    return {"new_weights": weights, "new_mean": mean, **given}


@check(
    points=2,
    seconds=10,
    data="pairs",
    withhold=["following"],
    expect=[accuracy("scores", labels="following", at_least=0.8)],
)
def a_trained_decoder(hw, data):
    """With your words and weights, most words are followed by the right one."""
    scores = hw.decode.scores_of([TEXT[number] for number in data["words"].tolist()])
    known = hw.decode.vocabulary()
    return {"scores": scores[:, [known.index(word) for word in TEXT]]}


@check(points=1, seconds=10, expect=[close("weights", atol=1e-6)])
def the_rate_of_the_notebook(hw, notebook):
    """The notebook's rate makes the expected step."""
    weights, _ = hw.update.step(torch.ones(3), torch.arange(3.0), torch.zeros(3), rate=notebook.rate, decay=0.5)
    return {"weights": weights}
