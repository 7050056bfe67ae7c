"""What students have."""

import json
from pathlib import Path

import torch

from grader import accuracy, check, close, equal, unchanged

WORDS = 9


@check(points=2, seconds=10, cases={"near": {"size": 1}, "far": {"size": 2}}, expect=[equal("ids")])
def windows_of_a_sentence(hw, case):
    """windows_of gives the ids of each word and its neighbours."""
    return {"ids": hw.windows.windows_of(["the", "cat", "sat"], **case)}


@check(points=2, seconds=10, expect=[close("scores", atol=1e-4)])
def scores_of_windows(hw, seed):
    """Tagger gives the expected scores, whatever its sizes."""
    size = 1 + seed % 3
    torch.manual_seed(seed)
    tagger = hw.tagger.Tagger(size=size, width=3 + seed % 4, tags=2 + seed % 5)
    return {"scores": tagger(torch.arange(4 * (2 * size + 1)).reshape(4, -1) % WORDS)}


@check(
    points=3,
    seconds=10,
    expect=[
        *(close(name, atol=1e-6) for name in ("new_weights", "new_velocity")),
        *map(unchanged, ("weights", "gradient", "velocity")),
    ],
)
def a_step_with_momentum(hw, seed):
    """step gives new weights and a new velocity, and leaves what it is given as it is."""
    torch.manual_seed(seed)
    given = {name: torch.rand(3 + seed % 3, 2) for name in ("weights", "gradient", "velocity")}
    weights, velocity = hw.momentum.step(**given, rate=0.1, momentum=0.9)
    return {"new_weights": weights, "new_velocity": velocity, **given}


@check(points=1, seconds=10, expect=[equal("asked")])
def tags_by_windows(hw):
    """tag takes its windows from windows_of."""
    asked, windows_of = [], hw.windows.windows_of

    def recorded(words, size):
        asked.append([*words, str(size)])
        return windows_of(words, size)

    hw.windows.windows_of = recorded
    hw.tagger.tag(["a", hw.helpers.vocabulary.UNKNOWN])
    return {"asked": asked}


@check(points=2, seconds=10, data="words", withhold=["tags"], expect=[accuracy("scores", labels="tags", at_least=0.9)])
def a_trained_tagger(hw, data):
    """The tagger that you trained has most tags right."""
    words = json.loads(Path("vocab.json").read_text())
    return {"scores": hw.tagger.tag([words[number] for number in data["words"].tolist()])}
