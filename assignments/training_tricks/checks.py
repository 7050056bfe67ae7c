"""The public checks of `training_tricks`. Probes observe what a student's package gives; criteria judge it elsewhere.

Models are always built under a seed on the CPU, so that a correct package starts from the reference's weights. Inputs
are fixed patterns: normal random numbers differ in the last bits from machine to machine.

The experiments are judged by the order of their final losses, never by figures: after dozens of steps the last bits of
a machine have grown into visible differences. Each `by` below is far under the smallest gap of 16 seeds.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch
import torchvision
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
ANSWER_TEMPLATE = "**Your answer:**"
SETTINGS = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "eps", "amsgrad")
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


@check(points=1, seconds=10, expect=[close("image", atol=1e-6)], hint="Which transform makes a tensor of a picture?")
def transform(hw: Any) -> dict[str, Any]:
    """make_transform makes a picture a float32 tensor, channels first, with values from 0 to 1."""
    return {"image": hw.data.make_transform()(_picture(5, 7))}


@check(
    points=2,
    seconds=10,
    data="little_pictures",
    expect=[equal("lengths"), equal("folders"), close("images", atol=1e-6), equal("labels"), equal("downloaded")],
    hint="Training set first, then the test set; both with your transform, and with `download=True`.",
)
def cifar10(hw: Any, data: dict[str, Tensor]) -> dict[str, Any]:
    """cifar10_datasets gives the training and the test set (a stand-in for CIFAR-10 here), with your transform."""
    with _stand_in_for_cifar10(data):
        train, test = hw.data.cifar10_datasets(Path("pictures"))
        samples = [part[index] for part in (train, test) for index in range(3)]
    return {
        "lengths": [len(train), len(test)],
        "folders": [str(train.root), str(test.root)],
        "images": torch.stack([image for image, _ in samples]),
        "labels": [int(label) for _, label in samples],
        "downloaded": [bool(part.download) for part in (train, test)],
    }


# --- checks: networks ---


@check(points=4, seconds=10, cases=CNNS, expect=[close("scores", atol=1e-4)], hint=ORDER)
def cnn_forward(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """CNN gives the expected scores for two images."""
    torch.manual_seed(seed)
    net = hw.models.CNN(**case)
    return {
        "scores": net(pattern(2, case["in_channels"], case["side"], case["side"], seed=seed)),
        "layers": layers(net),
    }


@check(
    points=2,
    seconds=10,
    expect=[equal(f"{name}_shapes") for name in CNNS],
    hint="How many numbers arrive at the linear layer? Two poolings of 2 halve height and width twice.",
)
def cnn_parameters(hw: Any) -> dict[str, Any]:
    """CNN has parameters of the expected shapes, in the order of its layers."""
    return {f"{name}_shapes": _shapes(hw.models.CNN(**case)) for name, case in CNNS.items()}


@check(
    points=2,
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
    expect=[equal("shapes")],
    hint="One batch normalisation for each convolution, with as many features as the convolution has output channels.",
)
def batchnorm_parameters(hw: Any) -> dict[str, Any]:
    """CNNwithBN has the parameters of CNN, and those of batch normalisation in the right places between them."""
    net = hw.models.CNNwithBN()
    return {"shapes": _shapes(net), "layers": layers(net)}


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
    points=2,
    seconds=10,
    expect=[equal("features"), close("means", atol=1e-4), close("variances", atol=1e-4), equal("batches")],
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
        "features": [norm.num_features for norm in norms],
        "means": torch.cat([torch.zeros(0), *(norm.running_mean for norm in norms)]),
        "variances": torch.cat([torch.zeros(0), *(norm.running_var for norm in norms)]),
        "batches": [int(norm.num_batches_tracked) for norm in norms],
    }


# --- checks: momentum ---


@check(
    points=4,
    seconds=10,
    cases=DESCENTS,
    expect=[close("path", atol=1e-4), equal("start"), equal("gradients_asked_for")],
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
    return {"path": path, "start": start, "gradients_asked_for": asked_for}


@check(
    points=2,
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
    expect=[close("training", atol=1e-4), close("evaluating", atol=1e-4), equal("input_afterwards")],
    hint="relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)); when can x not be added as it is?",
)
def correct_block(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """CorrectBlock gives the expected result, in training and in evaluation mode, and leaves its input as it was."""
    torch.manual_seed(seed)
    block = hw.blocks.CorrectBlock(**case).train()
    x = pattern(3, case["in_planes"], 8, 10, seed=seed)
    training, evaluating = block(x), block.eval()(x)
    return {"training": training, "evaluating": evaluating, "input_afterwards": x, "layers": layers(block)}


@check(
    points=2,
    seconds=10,
    expect=[equal("shapes"), close("out", atol=1e-6)],
    hint="With zeros in the main path only the shortcut is left: is the input itself added, then the ReLU applied?",
)
def correct_block_of_zeros(hw: Any) -> dict[str, Any]:
    """With all its parameters set to zero, a CorrectBlock that keeps the shape is relu(x)."""
    block = hw.blocks.CorrectBlock(5, 5)
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    return {"shapes": _shapes(block), "out": block(pattern(2, 5, 6, 6))}


@check(
    points=2,
    seconds=20,
    expect=[close("scores", atol=1e-3)],
    hint="ResNet is given: fix CorrectBlock first.",
)
def resnet_of_correct_blocks(hw: Any) -> dict[str, Any]:
    """ResNet(CorrectBlock, [2, 2, 2, 2]) gives the expected scores for two images."""
    torch.manual_seed(SEED)
    net = hw.resnet.ResNet(hw.blocks.CorrectBlock, [2, 2, 2, 2]).train()
    with torch.no_grad():
        return {"scores": net(pattern(2, 3, 32, 32)), "layers": layers(net)}


@check(points=1, seconds=10, expect=[equal("layers_of_2_2_2_2")], hint="Count convolutions and linear layers.")
def number_of_layers(hw: Any) -> dict[str, Any]:
    """count_layers knows how many layers ResNet(WrongBlock, [2, 2, 2, 2]) has."""
    return {"layers_of_2_2_2_2": hw.answers.count_layers([2, 2, 2, 2])}


# --- checks: experiments ---


@check(
    points=4,
    seconds=10,
    expect=[
        close("losses", atol=1e-4),
        close("losses_of_another_seed", atol=1e-4),
        close("losses_once_more", atol=1e-4),
        close("weights", atol=1e-4),
        equal("steps"),
    ],
    hint="In this order: seed, a new model, to the device, an optimizer of this model's parameters, fit.",
)
def learning_curve_of_a_given_model(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """learning_curve trains a given model as expected: every loss and the final weights, for two seeds and a repeat."""
    built: list[nn.Module] = []
    steps: list[str] = []

    def make_model() -> nn.Module:
        steps.append("a model is built")
        built.append(_small_model(hw, steps, device))
        return built[-1]

    def make_optimizer(parameters: Iterator[nn.Parameter]) -> torch.optim.Optimizer:
        steps.append("its optimizer is made")
        return torch.optim.SGD(parameters, lr=0.2, momentum=0.5)

    batches = DataLoader(TensorDataset(pattern(10, 6, seed=seed), torch.arange(10) % 4), 4, generator=torch.Generator())
    curves = [
        hw.experiments.learning_curve(make_model, make_optimizer, batches, 3, device, seed=each)
        for each in (seed, seed + 1, seed)
    ]
    return {
        "losses": [float(loss) for loss in curves[0]],
        "losses_of_another_seed": [float(loss) for loss in curves[1]],
        "losses_once_more": [float(loss) for loss in curves[2]],
        "weights": torch.cat([parameter.detach().cpu().flatten() for parameter in built[-1].parameters()]),
        "steps": steps,
    }


# Means of the last 8 losses over seeds 0 to 15: small 2.25 to 2.31, moderate 0.68 to 0.84, too large 2.32 to NaN;
# smallest gaps of one seed 1.44 (small) and 1.49 (too large).
@check(
    points=1,
    seconds=40,
    data="little_pictures",
    expect=[
        *map(finite, RATES),
        start_alike(*RATES),
        ends_lower("moderate", "small", by=0.7, next_step="Does each curve have its own rate: 0.001, 0.05, 0.9?"),
        ends_lower("moderate", "too_large", by=0.7, next_step="Does each curve have its own rate: 0.001, 0.05, 0.9?"),
    ],
)
def compares_learning_rates(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """Of three learning rates the moderate one ends far below the small and the too large one; all start alike."""
    torch.manual_seed(SEED)
    return _tensors(hw.experiments.learning_rates(_centred(data), 4, device), RATES)


# Over the same seeds: without 2.20 to 2.27, with momentum 1.05 to 1.81; smallest gap 0.46.
@check(
    points=1,
    seconds=40,
    data="little_pictures",
    expect=[
        *map(finite, MOMENTA),
        start_alike(*MOMENTA),
        ends_lower("with_momentum", "without", by=0.2, next_step="Do both have the rate 0.001, and only one momentum?"),
    ],
)
def compares_momentum(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """At a small learning rate, momentum ends clearly below plain SGD; both start alike."""
    torch.manual_seed(SEED)
    return _tensors(hw.experiments.with_and_without_momentum(_centred(data), 8, device), MOMENTA)


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
        ends_lower("batchnorm_slow", "plain_slow", by=0.7, next_step="Which model and which rate has each curve?"),
        ends_lower("batchnorm_fast", "plain_fast", by=0.7, next_step="Which model and which rate has each curve?"),
    ],
)
def compares_batchnorm(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """At a low and at a five times higher rate, batch normalisation ends far below the plain network."""
    torch.manual_seed(SEED)
    return _tensors(hw.experiments.with_and_without_batchnorm(_as_they_are(data), 4, device), NORMS)


# Over the same seeds: plain 1.95 to 2.28, residual 0.93 to 1.52; smallest gap 0.69.
@check(
    points=1,
    seconds=40,
    data="little_pictures",
    expect=[
        *map(finite, KINDS),
        ends_lower("residual", "plain", by=0.3, next_step="Which block has each network? Look at CorrectBlock, too."),
    ],
)
def compares_blocks(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """At a depth of 34 layers, residual blocks end clearly below plain ones."""
    torch.manual_seed(SEED)
    return _tensors(hw.experiments.plain_and_residual(_as_they_are(data, 80), 4, device), KINDS)


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
    return [list(parameter.shape) for parameter in net.parameters()]


def settings_of(optimizer: torch.optim.Optimizer) -> list[str]:
    """Its kind, the numbers and switches that the course names, and how many parameters it moves, group by group."""
    kind = next((name for name in ("SGD", "Adam") if type(optimizer) is getattr(torch.optim, name)), "another kind")
    found = [f"kind: {kind}"]
    for group in optimizer.param_groups:
        named = ((name, group.get(name)) for name in SETTINGS)
        found += [f"{name}: {float(value):.6g}" for name, value in named if value is not None]
        found += [f"betas: {', '.join(f'{float(beta):.6g}' for beta in group['betas'])}"] if "betas" in group else []
        found.append(f"parameters: {sum(parameter.numel() for parameter in group['params'])} numbers")
    return found


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


def _small_model(hw: Any, steps: list[str], device: torch.device) -> nn.Module:
    """A complete model, so that the training checks do not depend on the student's; it notes what is done to it."""

    class Small(hw.basic_model.BasicModel):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))

        def forward(self, x: Tensor) -> Tensor:
            scores: Tensor = self.layers(x)
            return scores

        def to(self, *given: Any, **named: Any) -> Any:
            where = [each for each in (*given, *named.values()) if isinstance(each, str | torch.device)]
            same = [torch.device(each).type for each in where] == [device.type]
            steps.append("it is moved to the device" if same else "it is moved elsewhere")
            return super().to(*given, **named)

        def fit(
            self, train_dataloader: Any, optimizer: Any, epochs: int, device: Any = None, verbose: bool = True
        ) -> list[float]:
            steps.append(f"fit for {int(epochs)} epochs, {'with' if verbose else 'without'} a progress bar")
            steps.append("no device is named" if device is None else "the device is named")
            losses: list[float] = super().fit(train_dataloader, optimizer, epochs, device or "cpu", verbose=False)
            return losses

    return Small()


def _picture(height: int, width: int) -> Any:
    """A small colour picture, as torchvision gives them."""
    values = (torch.arange(3 * height * width) * 37 % 256).to(torch.uint8)
    return torchvision.transforms.functional.to_pil_image(values.reshape(3, height, width))


@contextmanager
def _stand_in_for_cifar10(data: Mapping[str, Tensor]) -> Iterator[None]:
    """Within it, torchvision's CIFAR10 serves the little pictures and downloads nothing."""

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


def _tensors(curves: Mapping[str, Sequence[float]], names: Sequence[str]) -> dict[str, Tensor]:
    """The named curves. How far a loss blows up differs between machines: what is beyond a cap, or NaN, is the cap."""
    return {
        name: torch.tensor([float(loss) for loss in curves[name]]).nan_to_num(LOSS_CAP, LOSS_CAP).clamp(max=LOSS_CAP)
        for name in names
    }
