"""The public checks of `training_tricks`. Probes observe what a student's package gives; criteria judge it elsewhere.

Models are always built under a seed on the CPU, so that a correct package starts from the reference's weights. Inputs
are fixed patterns: normal random numbers differ in the last bits from machine to machine.

The experiments are judged by their first losses and by the order of their final ones, never by later figures: after
dozens of steps the last bits of a machine have grown into visible differences. Each `by` below is far under the
smallest gap of 16 seeds.
"""

import itertools
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from grader import Unmet, answered, check, close, equal, finite, layers

Values = Mapping[str, Any]
Given = Mapping[str, Tensor]
Case = dict[str, Any]

SEED = 42
CNNS: dict[str, Case] = {
    "grey": {"in_channels": 1, "side": 28, "num_classes": 10},
    "colour": {"in_channels": 3, "side": 32, "num_classes": 10},
}
DESCENTS: dict[str, Case] = {
    "plain": {"lr": 0.03, "momentum": 0.0, "steps": 12},
    "momentum": {"lr": 0.03, "momentum": 0.9, "steps": 12},
}
BLOCKS: dict[str, Case] = {
    "identity": {"in_planes": 6, "planes": 6},
    "wider": {"in_planes": 4, "planes": 10},
    "halved": {"in_planes": 4, "planes": 8, "stride": 2},
    "halved_same_width": {"in_planes": 6, "planes": 6, "stride": 2},
}
RATES = ("small", "moderate", "too_large")
MOMENTA = ("without", "with_momentum")
NORMS = ("plain_slow", "plain_fast", "batchnorm_slow", "batchnorm_fast")
KINDS = ("plain", "residual")
QUESTIONS = (
    "q1_learning_rates", "q2_momentum", "q3_batchnorm_place", "q4_higher_rate", "q5_layers", "q6_shortcut",
)  # fmt: skip
ORDER = "Compare your layers with the handout: they draw their first weights in the order in which they are created."
START = "The first loss is that of an untrained network: is the seed 0, and does the network itself pass its checks?"
ANSWER_TEMPLATE = "**Your answer:**"
SETTINGS = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "eps", "amsgrad")
LOUD = 8.0  # times a pattern, so that an activation with an upper end is found
MAIN_PATH = 6  # parameters: two convolutions and two batch normalisations, which are given
LOSS_CAP = 100.0
LAST = 8


# --- criteria of this assignment ---


def start_alike(*names: str) -> Any:
    """The named curves have one length, and their first losses are equal: a fair race starts from the same weights."""

    def same_first_loss(seen: Values, expected: Values, given: Given) -> Unmet | None:
        curves = [seen[name] for name in names]
        wanted = tuple(expected[names[0]].shape)
        for name, curve in zip(names, curves, strict=True):
            if tuple(curve.shape) != wanted:
                return Unmet(
                    f"`{name}` has {len(curve)} losses, expected {wanted[0]}", "One loss for each batch of every epoch."
                )
        for name, curve in zip(names, curves, strict=True):
            if abs(float(curve[0] - curves[0][0])) > 1e-4:
                return Unmet(
                    f"the first loss of `{name}` is {float(curve[0]):.4f}, that of `{names[0]}` is "
                    f"{float(curves[0][0]):.4f}: they do not start from the same weights",
                    "Each curve needs a new model, built right after the seed is set.",
                )
        return None

    return same_first_loss


def ends_lower(low: str, high: str, *, by: float, next_step: str) -> Any:
    """The mean of the last losses of `low` is below that of `high` by a margin."""

    def lower_final_loss(seen: Values, expected: Values, given: Given) -> Unmet | None:
        if seen[low].shape != expected[low].shape or seen[high].shape != expected[high].shape:
            return Unmet(
                f"`{low}` has {len(seen[low])} losses and `{high}` {len(seen[high])}, expected {len(expected[low])}",
                "One loss for each batch of every epoch.",
            )
        mine, other = (float(seen[name][-LAST:].mean()) for name in (low, high))
        if mine < other - by:
            return None
        return Unmet(
            f"`{low}` ends at a loss of {mine:.3f} and `{high}` at {other:.3f} (means of the last {LAST} batches); "
            f"`{low}` should be lower by more than {by:g}",
            next_step,
        )

    return lower_final_loss


# --- checks: images ---


@check(
    points=1,
    seconds=10,
    data="little_pictures",
    expect=[
        equal("kind_of_transform"),
        close("picture", atol=1e-6),
        equal("lengths"),
        equal("folders"),
        close("images", atol=1e-6),
        equal("labels"),
        equal("downloaded"),
    ],
    hint="Training set first, then the test set; both with your transform, and with `download=True`.",
)
def pictures(hw: Any, data: dict[str, Tensor], seed: int) -> dict[str, Any]:
    """make_transform makes tensors with values from 0 to 1, and both sets of cifar10_datasets (a stand-in's) use it."""
    transform = hw.data.make_transform()
    with _stand_in_for_cifar10(data):
        train, test = hw.data.cifar10_datasets(Path("pictures"))
        samples = [part[(seed + index) % len(part)] for part in (train, test) for index in range(3)]
    is_compose = any(kind.__name__ == "Compose" for kind in type(transform).__mro__)
    return {
        "kind_of_transform": "Compose" if is_compose else type(transform).__name__,
        "picture": torch.stack([transform(_picture(5 + seed % 3, 9, seed=seed))]),
        "lengths": [len(train), len(test)],
        "folders": [str(train.root), str(test.root)],
        "images": torch.stack([image for image, _ in samples]),
        "labels": [int(label) for _, label in samples],
        "downloaded": [bool(part.download) for part in (train, test)],
    }


# --- checks: networks ---


@check(
    points=4,
    seconds=10,
    cases=CNNS,
    expect=[equal("shapes"), close("scores", atol=1e-4)],
    hint="How many numbers arrive at the linear layer? Two poolings of 2 halve the side twice. " + ORDER,
)
def cnn_forward(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """CNN has parameters of the expected shapes and gives the expected scores for two images."""
    torch.manual_seed(seed)
    net = hw.models.CNN(**case)
    x = LOUD * pattern(2, case["in_channels"], case["side"], case["side"], seed=seed)
    return {"shapes": _shapes(net), "scores": net(x), "layers": layers(net)}


@check(
    points=1,
    seconds=10,
    expect=[equal("shapes"), close("scores", atol=1e-4)],
    hint="CIFAR-10: colour images of 32 x 32, ten classes. Does your constructor call that of CNN?",
)
def cnn_for_cifar10(hw: Any, seed: int) -> dict[str, Any]:
    """CNN_Cifar10 takes three channels, has 2048 features before its last layer, and gives the expected scores."""
    torch.manual_seed(seed)
    net = hw.models.CNN_Cifar10()
    return {"shapes": _shapes(net), "scores": net(pattern(2, 3, 32, 32, seed=seed)), "layers": layers(net)}


@check(
    points=2,
    seconds=10,
    expect=[equal("shapes"), equal("normalisations"), close("untrained", atol=1e-4)],
    hint="One nn.BatchNorm2d for each convolution, with as many features as the convolution has output channels.",
)
def batchnorm_parameters(hw: Any, seed: int) -> dict[str, Any]:
    """CNNwithBN has CNN's layers and a batch normalisation for each convolution; untrained it scores as CNN does."""
    torch.manual_seed(seed)
    net = hw.models.CNNwithBN().eval()  # batch normalisation that has seen no batch changes nothing
    return {
        "shapes": _shapes(net),
        "normalisations": _normalisations(net),
        "untrained": net(pattern(2, 3, 32, 32, seed=seed)),
        "layers": layers(net),
    }


@check(
    points=4,
    seconds=10,
    expect=[close("training", atol=1e-4), close("evaluating", atol=1e-4)],
    hint="Batch normalisation has its place between a convolution and its ReLU. " + ORDER,
)
def batchnorm_forward(hw: Any, seed: int) -> dict[str, Any]:
    """CNNwithBN gives the expected scores in training mode, and then others in evaluation mode."""
    torch.manual_seed(seed)
    net = hw.models.CNNwithBN().train()
    x = pattern(4, 3, 32, 32, seed=seed)
    return {"training": net(x), "evaluating": net.eval()(x), "layers": layers(net)}


@check(
    points=3,
    seconds=10,
    expect=[equal("normalisations"), close("means", atol=1e-4), close("variances", atol=1e-4), equal("batches")],
    hint="nn.BatchNorm2d keeps them itself, with its standard settings, when its input comes from the convolution.",
)
def running_statistics(hw: Any, seed: int) -> dict[str, Any]:
    """After two batches in training mode and one in evaluation mode, CNNwithBN has the expected running statistics."""
    torch.manual_seed(seed)
    net = hw.models.CNNwithBN().train()
    net(pattern(4, 3, 32, 32, seed=seed))
    net(1 + pattern(3, 3, 32, 32, seed=seed))
    net.eval()(5 + pattern(2, 3, 32, 32, seed=seed))
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    return {
        "normalisations": _normalisations(net),
        "means": torch.cat([torch.zeros(0), *(norm.running_mean for norm in norms)]),
        "variances": torch.cat([torch.zeros(0), *(norm.running_var for norm in norms)]),
        "batches": [int(norm.num_batches_tracked) for norm in norms],
    }


# --- checks: momentum ---


@check(
    points=5,
    seconds=10,
    cases=DESCENTS,
    expect=[
        close("path", atol=1e-4),
        equal("start"),
        equal("gradients_asked_for"),
        close("no_step", atol=1e-6),
    ],
    hint="First v = momentum * v + gradient, then w = w - lr * v; every row of the path is a tensor of its own.",
)
def descends_a_quadratic(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """sgd_with_momentum takes the expected path down a quadratic ravine, and leaves its start as it was."""
    start, asked_for = pattern(2, seed=seed), 0

    def slope(position: Tensor) -> Tensor:
        nonlocal asked_for
        asked_for += 1
        return _slope(position)

    path = hw.momentum.sgd_with_momentum(slope, start, **case)
    seen = {"path": path, "start": start, "gradients_asked_for": asked_for}
    return {**seen, "no_step": hw.momentum.sgd_with_momentum(slope, start, **{**case, "steps": 0})}


@check(
    points=1,
    seconds=10,
    expect=[close("path", atol=1e-5), equal("settings")],
    hint="torch.optim.SGD of all parameters, with a learning rate of 0.001 and a momentum of 0.9; all else as it is.",
)
def momentum_optimizer_on_a_quadratic(hw: Any, seed: int) -> dict[str, Any]:
    """momentum_optimizer moves all parameters as SGD with a rate of 0.001 and a momentum of 0.9 does."""
    weights = [nn.Parameter(pattern(2, seed=seed)), nn.Parameter(pattern(1, 2, seed=seed + 1))]
    optimizer = hw.momentum.momentum_optimizer(iter(weights))
    path = []
    for _ in range(6):
        for weight in weights:
            weight.grad = 20 * _slope(weight.detach())
        optimizer.step()
        path.append(torch.cat([weight.detach().flatten() for weight in weights]))
    return {"path": torch.stack(path), "settings": settings_of(optimizer)}


# --- checks: residual blocks ---


@check(
    points=8,
    seconds=10,
    cases=BLOCKS,
    expect=[
        close("training", atol=1e-4),
        close("evaluating", atol=1e-4),
        equal("input_afterwards"),
        close("gradient_of_input", atol=1e-4),
    ],
    hint="relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)); when can x not be added as it is?",
)
def correct_block(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """CorrectBlock gives the expected result in both modes, passes gradients back, and leaves its input as it was."""
    torch.manual_seed(seed)
    block = hw.blocks.CorrectBlock(**case).train()
    leaf = (LOUD * pattern(3, case["in_planes"], 8, 10, seed=seed)).requires_grad_()
    x = leaf.clone()
    training = block(x)
    return {
        "training": training,
        "evaluating": block.eval()(x),
        "input_afterwards": x,
        "gradient_of_input": _gradient(training, leaf) if torch.equal(x, leaf) else torch.zeros_like(leaf),
        "layers": layers(block),
    }


@check(
    points=2,
    seconds=10,
    expect=[
        equal("shapes"),
        equal("normalisations"),
        close("kept", atol=1e-4),
        close("halved", atol=1e-4),
    ],
    hint="Only the shortcut is left: is it the input itself, or its projection, that is added before the ReLU?",
)
def shortcut_alone(hw: Any, seed: int) -> dict[str, Any]:
    """With zeros in its main path, a CorrectBlock is the ReLU of its shortcut: of x itself, or of its projection."""
    torch.manual_seed(seed)
    kept, halved = hw.blocks.CorrectBlock(5, 5).train(), hw.blocks.CorrectBlock(5, 7, stride=2).train()
    for block in (kept, halved):
        for parameter in itertools.islice(block.parameters(), MAIN_PATH):
            nn.init.zeros_(parameter)
    x = pattern(2, 5, 6, 6, seed=seed)
    return {
        "shapes": [_shapes(kept), _shapes(halved)],
        "normalisations": [_normalisations(kept), _normalisations(halved)],
        "kept": kept(x),
        "halved": halved(x),
    }


@check(
    points=3,
    seconds=20,
    expect=[close("training", atol=1e-3), close("evaluating", atol=1e-3)],
    hint="ResNet is given: fix CorrectBlock first.",
)
def resnet_of_correct_blocks(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """A thin ResNet of CorrectBlocks, with groups of different lengths, gives the expected scores in both modes."""
    torch.manual_seed(seed)
    net = hw.resnet.ResNet(hw.blocks.CorrectBlock, [1, 2, 3, 1], num_classes=4, width=3).to(device).train()
    x = pattern(4, 3, 32, 32, seed=seed).to(device)
    return {"training": net(x), "evaluating": net.eval()(x), "layers": layers(net)}


@check(points=1, seconds=10, expect=[equal("numbers")], hint="Count convolutions and linear layers.")
def number_of_layers(hw: Any, seed: int) -> dict[str, Any]:
    """count_layers knows how many layers ResNet(WrongBlock, [2, 2, 2, 2]) has, and those of other numbers of blocks."""
    others = [1 + (seed + step) % count for step, count in ((0, 3), (1, 4), (3, 5), (5, 7))]
    return {"numbers": [operator.index(hw.answers.count_layers(blocks)) for blocks in ([2, 2, 2, 2], others)]}


# --- checks: experiments ---


@check(
    points=4,
    seconds=10,
    expect=[
        close("losses", atol=1e-4),
        close("losses_of_another_seed", atol=1e-4),
        close("losses_once_more", atol=1e-4),
        close("weights", atol=1e-4),
    ],
    hint="In this order: seed, a new model, to the device, an optimizer of this model's parameters, fit.",
)
def learning_curve_of_a_given_model(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """learning_curve trains a given model as expected: every loss and the final weights, for two seeds and a repeat."""
    race = Race(hw, device, pattern(10, 6, seed=seed))
    curves = [race.run(each, epochs=3) for each in (seed, seed + 1, seed)]
    return {
        "losses": curves[0],
        "losses_of_another_seed": curves[1],
        "losses_once_more": curves[2],
        "weights": torch.cat([parameter.detach().cpu().flatten() for parameter in race.built[-1].parameters()]),
    }


@check(
    points=2,
    seconds=10,
    expect=[equal("steps"), close("losses", atol=1e-4)],
    hint="One model, moved to `device`, then its optimizer, then `fit` on `device` with `verbose=False`.",
)
def learning_curve_step_by_step(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """learning_curve does the expected things in the expected order, on the device, and without a progress bar."""
    race = Race(hw, device, pattern(10, 6, seed=seed))
    return {"losses": race.run(seed, epochs=2), "steps": race.steps}


# Means of the last 8 losses over seeds 0 to 15: small 2.25 to 2.31, moderate 0.68 to 0.84, too large 2.32 to NaN;
# smallest gaps of one seed 1.44 (small) and 1.49 (too large).
@check(
    points=1,
    seconds=40,
    data="little_pictures",
    expect=[
        *map(finite, RATES),
        start_alike(*RATES),
        close("first_losses", atol=1e-3),
        ends_lower("moderate", "small", by=0.7, next_step="Does each curve have its own rate: 0.001, 0.05, 0.9?"),
        ends_lower("moderate", "too_large", by=0.7, next_step="Does each curve have its own rate: 0.001, 0.05, 0.9?"),
    ],
    hint=START,
)
def compares_learning_rates(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """Of three learning rates the moderate one ends far below the small and the too large one; all start alike."""
    torch.manual_seed(SEED)
    return _curves(hw.experiments.learning_rates(_centred(data), 4, device), RATES)


# Over the same seeds: without 2.20 to 2.27, with momentum 1.05 to 1.81; smallest gap 0.46.
@check(
    points=1,
    seconds=40,
    data="little_pictures",
    expect=[
        *map(finite, MOMENTA),
        start_alike(*MOMENTA),
        close("first_losses", atol=1e-3),
        ends_lower("with_momentum", "without", by=0.2, next_step="Do both have the rate 0.001, and only one momentum?"),
    ],
    hint=START,
)
def compares_momentum(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """At a small learning rate, momentum ends clearly below plain SGD; both start alike."""
    torch.manual_seed(SEED)
    return _curves(hw.experiments.with_and_without_momentum(_centred(data), 8, device), MOMENTA)


# Over the same seeds: plain 2.28 to 2.30 (slow) and 2.10 to 2.30 (fast), batch normalisation 0.28 to 0.46 (slow) and
# 0.53 to 0.82 (fast); smallest gaps 1.8 (slow) and 1.46 (fast). Which rate is the better one with it is left open.
@check(
    points=1,
    seconds=40,
    data="little_pictures",
    expect=[
        *map(finite, NORMS),
        start_alike(*NORMS[:2]),
        start_alike(*NORMS[2:]),
        close("first_losses", atol=1e-3),
        ends_lower("batchnorm_slow", "plain_slow", by=0.7, next_step="Which model and which rate has each curve?"),
        ends_lower("batchnorm_fast", "plain_fast", by=0.7, next_step="Which model and which rate has each curve?"),
    ],
    hint=START,
)
def compares_batchnorm(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """At a low and at a five times higher rate, batch normalisation ends far below the plain network."""
    torch.manual_seed(SEED)
    return _curves(hw.experiments.with_and_without_batchnorm(_as_they_are(data), 4, device), NORMS)


# Over the same seeds: plain 1.95 to 2.28, residual 0.93 to 1.52; smallest gap 0.69.
@check(
    points=1,
    seconds=40,
    data="little_pictures",
    expect=[
        *map(finite, KINDS),
        close("first_losses", atol=1e-3),
        ends_lower("residual", "plain", by=0.3, next_step="Which block has each network? Look at CorrectBlock, too."),
    ],
    hint=START,
)
def compares_blocks(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """At a depth of 34 layers, residual blocks end clearly below plain ones."""
    torch.manual_seed(SEED)
    return _curves(hw.experiments.plain_and_residual(_as_they_are(data, 80), 4, device), KINDS)


@check(points=0, seconds=10, expect=[answered(name, template=ANSWER_TEMPLATE) for name in QUESTIONS])
def written_answers(hw: Any) -> dict[str, Any]:
    """The questions have answers, which are graded by hand."""
    return {name: getattr(hw.answers, name) for name in QUESTIONS}


# --- what the probes share ---


def pattern(*shape: int, seed: int = SEED) -> Tensor:
    """Values in [-2, 2] that repeat nowhere and need no random numbers, float32; others for another seed."""
    places = torch.arange(math.prod(shape), dtype=torch.float64) + seed % 9973
    return (2 * (1.7 * places).sin()).reshape(shape).float()


def _slope(position: Tensor) -> Tensor:
    """The gradient of a ravine: a quadratic ten times as steep along the second axis as along the first."""
    return torch.tensor([2.0, 20.0]) * (position - torch.tensor([0.5, -0.25]))


def _shapes(net: nn.Module) -> list[list[int]]:
    return sorted(list(parameter.shape) for parameter in net.parameters())


def _normalisations(net: nn.Module) -> list[str]:
    norms = (module for module in net.modules() if isinstance(module, nn.BatchNorm2d))
    return [f"{norm.num_features} features, eps {norm.eps}, momentum {norm.momentum}" for norm in norms]


def _gradient(result: Tensor, x: Tensor) -> Tensor:
    """How a sum of the result, each value with a weight of its own, depends on x."""
    if not result.requires_grad:
        return torch.zeros_like(x)
    (gradient,) = torch.autograd.grad((result * pattern(*result.shape)).sum(), x)
    return gradient


def settings_of(optimizer: torch.optim.Optimizer) -> list[str]:
    """Its kind, the numbers and switches that the course names, and how many parameters it moves.

    A subclass is of the same kind, and groups with the same settings are as one.
    """
    kind = next((name for name in ("SGD", "Adam") if isinstance(optimizer, getattr(torch.optim, name))), "another kind")
    named = [f"{name}: {value}" for group in optimizer.param_groups for name, value in _settings(group)]
    moved = sum(parameter.numel() for group in optimizer.param_groups for parameter in group["params"])
    return [f"kind: {kind}", *dict.fromkeys(named), f"parameters: {moved} numbers"]


def _settings(group: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in SETTINGS:
        if group.get(name) is not None:
            yield name, f"{float(group[name]):.6g}"
    if "betas" in group:
        yield "betas", ", ".join(f"{float(beta):.6g}" for beta in group["betas"])


@contextmanager
def fits_recorded(hw: Any, wanted: torch.device) -> Iterator[list[tuple[list[float], list[str]]]]:
    """While it lasts, what each `fit` returns is written down, with its optimizer's settings and where it computed."""
    fits: list[tuple[list[float], list[str]]] = []
    original = hw.basic_model.BasicModel.fit

    def recording(
        self: Any, train_dataloader: Any, optimizer: Any, epochs: int, device: Any = "cpu", verbose: bool = True
    ) -> list[float]:
        where = "on the device" if torch.device(device) == wanted else "not on the device"
        settings = [*settings_of(optimizer), where]
        losses: list[float] = original(self, train_dataloader, optimizer, epochs, device, verbose)
        fits.append((list(losses), settings))
        return losses

    with mock.patch.object(hw.basic_model.BasicModel, "fit", recording):
        yield fits


class Race:
    """Runs `learning_curve` on a complete model, so that the check does not depend on the student's.

    `built` are the models that it asked for, `steps` what was done to them.
    """

    def __init__(self, hw: Any, device: torch.device, samples: Tensor) -> None:
        """`samples` are (N, 6)."""
        self.hw, self.device = hw, by_another_name(device)
        labels = torch.arange(len(samples)) % 4
        self.batches = DataLoader(TensorDataset(samples, labels), 4, generator=torch.Generator())
        self.built: list[nn.Module] = []
        self.steps: list[str] = []

    def run(self, seed: int, *, epochs: int) -> list[float]:
        """The losses of one curve."""
        curve = self.hw.experiments.learning_curve(
            self._make_model, self._make_optimizer, self.batches, epochs, self.device, seed=seed
        )
        return [float(loss) for loss in curve]

    def _make_model(self) -> nn.Module:
        self.steps.append("a model is built")
        self.built.append(_small_model(self.hw, self.steps, self.device))
        return self.built[-1]

    def _make_optimizer(self, parameters: Iterator[nn.Parameter]) -> torch.optim.Optimizer:
        self.steps.append("its optimizer is made")
        return torch.optim.SGD(parameters, lr=0.2, momentum=0.5)


def by_another_name(device: torch.device) -> torch.device:
    """The same device by a name that is not the default: `cpu:0` is not `cpu`."""
    return torch.device(device.type, device.index or 0)


def _small_model(hw: Any, steps: list[str], wanted: torch.device) -> nn.Module:
    class Small(hw.basic_model.BasicModel):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))

        def forward(self, x: Tensor) -> Tensor:
            scores: Tensor = self.layers(x)
            return scores

        def to(self, *given: Any, **named: Any) -> Any:
            where = [each for each in (*given, *named.values()) if isinstance(each, str | torch.device)]
            steps.append(f"it is moved to {_whose(where[0] if where else None, wanted)} device")
            return super().to(*given, **named)

        def fit(
            self, train_dataloader: Any, optimizer: Any, epochs: int, device: Any = "cpu", verbose: bool = True
        ) -> list[float]:
            steps.append(f"fit for {int(epochs)} epochs, {'with' if verbose else 'without'} a progress bar")
            steps.append(f"fit computes on {_whose(device, wanted)} device")
            losses: list[float] = super().fit(train_dataloader, optimizer, epochs, device, verbose=False)
            return losses

    return Small()


def _whose(device: Any, wanted: torch.device) -> str:
    """Whether a device is the wanted one, in a word."""
    return "the" if device is not None and torch.device(device) == wanted else "another"


def _picture(height: int, width: int, *, seed: int) -> Any:
    """A small colour picture, as torchvision gives them."""
    from torchvision.transforms.functional import to_pil_image  # not in the grader's process, which has no need of it

    values = ((torch.arange(3 * height * width) + seed % 251) * 37 % 256).to(torch.uint8)
    return to_pil_image(values.reshape(3, height, width))


@contextmanager
def _stand_in_for_cifar10(data: Mapping[str, Tensor]) -> Iterator[None]:
    """Within it, torchvision's CIFAR10 serves the little pictures and downloads nothing."""
    import torchvision  # not in the grader's process, which has no need of it

    class CIFAR10(Dataset[tuple[Any, int]]):
        def __init__(
            self, root: Any, train: bool = True, transform: Any = None, target_transform: Any = None,
            download: bool = False,
        ) -> None:  # fmt: skip
            self.root, self.transform = root, transform or (lambda picture: picture)
            self.target_transform = target_transform or (lambda label: label)
            self.train, self.download = train, download
            name = "train" if train else "test"
            self.data, self.targets = data[f"{name}_images"].numpy(), data[f"{name}_labels"].tolist()
            self.classes = [f"kind {number}" for number in range(10)]
            self.class_to_idx = {name: number for number, name in enumerate(self.classes)}

        def __len__(self) -> int:
            return len(self.targets)

        def __getitem__(self, index: int) -> tuple[Any, int]:
            picture = torchvision.transforms.functional.to_pil_image(self.data[index])
            return self.transform(picture), self.target_transform(self.targets[index])

    with (
        mock.patch.object(torchvision.datasets, "CIFAR10", CIFAR10),
        mock.patch.object(torchvision.datasets.cifar, "CIFAR10", CIFAR10),
    ):
        yield


def _as_they_are(data: Mapping[str, Tensor], most: int = 160) -> DataLoader[tuple[Tensor, ...]]:
    """The training pictures in batches of 20, values from 0 to 1, as `ToTensor` gives them; never shuffled."""
    images = data["train_images"][:most].permute(0, 3, 1, 2).float() / 255
    return DataLoader(TensorDataset(images, data["train_labels"][:most]), 20, generator=torch.Generator())


def _centred(data: Mapping[str, Tensor]) -> DataLoader[tuple[Tensor, ...]]:
    """The training pictures in batches of 20, values from -2 to 2: a plain network learns from them within seconds."""
    images = data["train_images"].permute(0, 3, 1, 2).float() / 255 * 4 - 2
    return DataLoader(TensorDataset(images, data["train_labels"]), 20, generator=torch.Generator())


def _curves(curves: Mapping[str, Sequence[float]], names: Sequence[str]) -> dict[str, Any]:
    """The named curves, and where each begins: that needs the networks, where all the rest is a claim.

    How far a loss blows up differs between machines: what is beyond a cap, or NaN, is the cap.
    """
    named = {name: [float(loss) for loss in curves[name]] for name in names}
    capped = {
        name: torch.tensor(losses).nan_to_num(LOSS_CAP, LOSS_CAP).clamp(max=LOSS_CAP) for name, losses in named.items()
    }
    return {**capped, "first_losses": [losses[0] for losses in named.values()]}
