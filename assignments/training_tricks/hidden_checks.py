"""The hidden checks of `training_tricks`: the same parts at other sizes, and the first losses of every experiment."""

from typing import Any

import torch
from checks import KINDS, MOMENTA, NORMS, RATES, SEED, Case, by_another_name, fits_recorded, pattern
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from grader import check, close, equal, layers

NETS: dict[str, Case] = {
    "small": {"in_channels": 2, "side": 12, "num_classes": 3},
    "odd": {"in_channels": 4, "side": 19, "num_classes": 7},
}
BLOCKS: dict[str, Case] = {
    "narrower": {"in_planes": 9, "planes": 5},
    "thirded": {"in_planes": 5, "planes": 5, "stride": 3},
    "kept": {"in_planes": 3, "planes": 3},
}
DESCENTS: dict[str, Case] = {
    "strong": {"lr": 0.01, "momentum": 0.95, "steps": 20},
    "weak": {"lr": 0.2, "momentum": 0.3, "steps": 7},
}
# Faint pictures where the rate is high, or the losses blow up. Adam divides by the gradient's size: where that is
# nearly zero its first step differs between machines. So of its curves the first loss is compared, and the settings;
# likewise where batch normalisation and a high rate make much of a last digit.
CURVES: dict[str, Case] = {
    name: {"experiment": experiment, "curve": name, "contrast": contrast, "compared": compared}
    for experiment, curves, contrast, compared in (
        ("learning_rates", RATES[:2], 6.0, 3),
        ("learning_rates", RATES[2:], 0.5, 3),
        ("with_and_without_momentum", MOMENTA, 6.0, 3),
        ("with_and_without_batchnorm", NORMS[:3], 6.0, 3),
        ("with_and_without_batchnorm", NORMS[3:], 6.0, 1),
        ("plain_and_residual", KINDS, 6.0, 1),
    )
    for name in curves
}


@check(points=2, seconds=10, cases=NETS, expect=[close("plain", atol=1e-4)])
def cnn_of_other_sizes(hw: Any, case: Case, device: torch.device) -> dict[str, Any]:
    """CNN works for other images and numbers of classes."""
    torch.manual_seed(SEED)
    net = hw.models.CNN(**case).to(device)
    return {"plain": net(pattern(3, case["in_channels"], case["side"], case["side"]).to(device))}


@check(points=2, seconds=10, cases=NETS, expect=[close("training", atol=1e-4), close("evaluating", atol=1e-4)])
def batchnorm_of_other_sizes(hw: Any, case: Case, device: torch.device) -> dict[str, Any]:
    """CNNwithBN works for other images and numbers of classes, in both modes."""
    torch.manual_seed(SEED)
    net = hw.models.CNNwithBN(**case).to(device).train()
    x = pattern(5, case["in_channels"], case["side"], case["side"]).to(device)
    return {"training": net(x), "evaluating": net.eval()(x)}


@check(points=3, seconds=10, cases=DESCENTS, expect=[close("path", atol=1e-4)])
def descends_another_quadratic(hw: Any, case: Case) -> dict[str, Any]:
    """sgd_with_momentum works in three dimensions, and with other settings."""

    def slope(position: Tensor) -> Tensor:
        curvature = torch.tensor([[3.0, 1.0, 0.0], [1.0, 4.0, -1.0], [0.0, -1.0, 2.0]])
        return curvature @ position

    return {"path": hw.momentum.sgd_with_momentum(slope, torch.tensor([1.0, -2.0, 0.5]), **case)}


@check(points=3, seconds=10, cases=BLOCKS, expect=[close("training", atol=1e-3), close("evaluating", atol=1e-3)])
def correct_block_of_other_sizes(hw: Any, case: Case) -> dict[str, Any]:
    """CorrectBlock works for other numbers of channels, other strides, and images that are not square."""
    torch.manual_seed(SEED)
    block = hw.blocks.CorrectBlock(**case).train()
    x = pattern(2, case["in_planes"], 9, 13)
    return {"training": block(x), "evaluating": block.eval()(x), "layers": layers(block)}


@check(
    points=7,
    seconds=10,
    cases=CURVES,
    data="little_pictures",
    expect=[close("losses", atol=1e-3), equal("settings")],
)
def first_steps_of_every_experiment(
    hw: Any, case: Case, data: dict[str, Tensor], device: torch.device
) -> dict[str, Any]:
    """On other pictures, each curve's first losses are those of its model, its optimizer and its settings."""
    images = case["contrast"] * (data["test_images"][:30].permute(0, 3, 1, 2).float() / 255 - 0.5)
    loader = DataLoader(TensorDataset(images, data["test_labels"][:30]), 10, generator=torch.Generator())
    torch.manual_seed(SEED)
    device = by_another_name(device)
    with fits_recorded(hw, device) as fits:
        curve = [float(loss) for loss in getattr(hw.experiments, case["experiment"])(loader, 1, device)[case["curve"]]]
    settings = next((settings for losses, settings in fits if losses == curve), ["not what `fit` returned"])
    return {"losses": curve[: case["compared"]], "settings": settings}
