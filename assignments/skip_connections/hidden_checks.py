"""The hidden checks of `skip_connections`: the same claims at other sizes, and the whole way through `fit`."""

from collections.abc import Mapping
from typing import Any

import torch
from checks import ROUGHLY, SAMPLES, SEED, Case, Recorder, _numbers, _sets, _trainer, pattern, small_model, state_of
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from grader import Unmet, check, close, equal, layers

EPOCHS = 8
BLOCKS: dict[str, Case] = {
    "conv": {"block": "ConvBlock", "arguments": [2]},
    "res": {"block": "ResBlock", "arguments": [14]},
    "down": {"block": "ResDownBlock", "arguments": [7, 3]},
    "skip": {"block": "SkipBlock", "arguments": [12]},
}


def best_run_goes_on(
    seen: Mapping[str, Any], expected: Mapping[str, Any], given: Mapping[str, Tensor]
) -> Unmet | str | None:
    """The run resumed from the best epoch ends as the uninterrupted one, and trained no past epoch again."""
    best, left = seen.get("epoch_of_the_best"), seen.get("epochs_resumed")
    if type(best) is not int or not 0 <= best < EPOCHS:
        return f"the best epoch of {EPOCHS} is {str(best)[:20]}"
    if type(left) is not int or left != EPOCHS - 1 - best:
        return f"epoch {best} was the best of {EPOCHS}, and the resumed run trained for {str(left)[:20]} more"
    for name in ("losses", "accuracies", "weights"):
        whole, resumed = (_numbers(seen.get(f"{name}_{run}")) for run in ("uninterrupted", "resumed"))
        if whole is None or len(whole) != len(expected[f"{name}_uninterrupted"]):
            return f"the uninterrupted run has the wrong number of {name}"
        if resumed is None or whole.shape != resumed.shape or not torch.allclose(whole, resumed, atol=1e-6, rtol=0):
            return f"the {name} of the run resumed from the best epoch differ from the uninterrupted run's"
    return None


@check(points=4, seconds=10, cases=BLOCKS, expect=[close("training", atol=1e-4), close("evaluating", atol=1e-4)])
def blocks_of_other_sizes(hw: Any, case: Case) -> dict[str, Any]:
    """Blocks work with other numbers of channels, on images that are not square."""
    torch.manual_seed(SEED + 1)
    block = getattr(hw.blocks, case["block"])(*case["arguments"])
    x = pattern(3, case["arguments"][0], 5, 9)
    return {"training": block(x.clone()), "evaluating": block.eval()(x.clone()), "layers": layers(block)}


@check(points=3, seconds=10, expect=[close("training", atol=1e-4), equal("asked_for"), equal("number_of_parameters")])
def network_of_given_blocks(hw: Any) -> dict[str, Any]:
    """Deep_CNN builds its blocks with the `layer_type` it is given, whatever that is, one call for each block."""
    asked_for: list[int] = []

    def bottleneck(channels: int) -> nn.Module:
        asked_for.append(int(channels))
        return nn.Sequential(nn.Conv2d(channels, 2, 1), nn.Tanh(), nn.Conv2d(2, channels, 1))

    torch.manual_seed(SEED)
    net = hw.network.Deep_CNN(5, num_blocks=5, ch_width=10, layer_type=bottleneck)
    default = hw.network.Deep_CNN(1)
    torch.manual_seed(SEED)
    return {
        "training": net(pattern(3, 5, 32, 32)),
        "asked_for": asked_for,
        "number_of_parameters": [int(hw.network.count_parameters(one)) for one in (net, default)],
        "layers": layers(net),
    }


@check(points=1, seconds=10, expect=[equal("sizes"), equal("values")])
def splits_other_sizes(hw: Any) -> dict[str, Any]:
    """split_data rounds the training part down and loses no sample."""
    sizes, values = [], []
    for size, share in ((15, 0.9), (29, 0.75), (8, 0.5)):
        parts = hw.trainer.split_data(TensorDataset(torch.arange(size), torch.zeros(size)), share, seed=11)
        sizes.append([len(part) for part in parts])
        values.append(sorted(int(x) for part in parts for x, _ in DataLoader(part)))
    return {"sizes": sizes, "values": values}


@check(points=4, seconds=10, expect=[best_run_goes_on, close("losses_uninterrupted", atol=ROUGHLY)])
def resumes_from_the_best_epoch(hw: Any) -> dict[str, Any]:
    """fit, stopped and resumed from its best checkpoint, ends exactly as a run that was never stopped."""
    train, test, _ = _sets()
    runs: dict[str, Any] = {}
    for name, seed in (("uninterrupted", SEED), ("resumed", SEED + 1)):
        trainer = _trainer(
            hw, Recorder(small_model(dropout=True, seed=seed)), "cpu", sets=(train, test, train), seed=4,
            batch_size=SAMPLES, learning_rate=0.1, start_from_checkpoint=name == "resumed",
        )  # fmt: skip
        if name == "uninterrupted":
            torch.manual_seed(SEED)
        hw.trainer.fit(trainer, EPOCHS)
        if name == "uninterrupted":
            best = int(torch.load("saved/net.pt", weights_only=False)["epoch"])
        runs[name] = trainer
    return {
        "epoch_of_the_best": best,
        "epochs_resumed": len(runs["resumed"].model.samples) // len(train),
        **{f"losses_{name}": [float(loss) for loss in run.train_loss_logger] for name, run in runs.items()},
        **{f"accuracies_{name}": [float(value) for value in run.val_acc_logger] for name, run in runs.items()},
        **{f"weights_{name}": state_of(run.model) for name, run in runs.items()},
    }
