"""The public checks of `cnn`. Probes observe what a student's package gives; criteria judge it elsewhere.

Modules are always built under a seed on the CPU, so that a correct package starts from the reference's weights. Inputs
are ones or a fixed pattern: normal random numbers differ in the last bits from machine to machine.
"""

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from grader import Unmet, accuracy, answered, check, close, equal, labels, layers

Values = Mapping[str, Any]
Given = Mapping[str, Tensor]
Case = dict[str, Any]

SEED = 42
IMAGE = (3, 100, 100)
CNNS: dict[str, Case] = {
    "padded": {
        "in_size": IMAGE, "out_classes": 10, "channels": [32] * 4, "pool_every": 2, "hidden_dims": [100] * 2,
        "conv_params": {"kernel_size": 3, "stride": 1, "padding": 1},
        "activation_type": "relu", "activation_params": {},
        "pooling_type": "max", "pooling_params": {"kernel_size": 2},
    },
    "strided": {
        "in_size": IMAGE, "out_classes": 10, "channels": [32] * 4, "pool_every": 2, "hidden_dims": [100] * 2,
        "conv_params": {"kernel_size": 5, "stride": 2, "padding": 3},
        "activation_type": "lrelu", "activation_params": {"negative_slope": 0.05},
        "pooling_type": "avg", "pooling_params": {"kernel_size": 3},
    },
    "left_over": {
        "in_size": IMAGE, "out_classes": 3, "channels": [16] * 5, "pool_every": 3, "hidden_dims": [100],
        "conv_params": {"kernel_size": 2, "stride": 2, "padding": 2},
        "activation_type": "lrelu", "activation_params": {"negative_slope": 0.1},
        "pooling_type": "max", "pooling_params": {"kernel_size": 2},
    },
}  # fmt: skip
BLOCKS: dict[str, Case] = {
    "projected": {"in_channels": 3, "channels": [6, 4] * 2, "kernel_sizes": [3, 5] * 2, "batchnorm": True,
                  "dropout": 0.2},
    "identity": {"in_channels": 3, "channels": [8, 3], "kernel_sizes": [5, 3], "activation_type": "tanh"},
}  # fmt: skip
RESNETS: dict[str, Case] = {
    "plain": {
        "in_size": IMAGE, "out_classes": 10, "channels": [32, 64] * 3, "pool_every": 4, "hidden_dims": [100] * 2,
        "activation_type": "lrelu", "activation_params": {"negative_slope": 0.01},
        "pooling_type": "avg", "pooling_params": {"kernel_size": 2},
        "batchnorm": True, "dropout": 0.1, "bottleneck": False,
    },
    "bottleneck": {
        "in_size": IMAGE, "out_classes": 5, "channels": [64, 16, 64] * 4, "pool_every": 3, "hidden_dims": [64],
        "activation_type": "tanh", "pooling_type": "max", "pooling_params": {"kernel_size": 2},
        "batchnorm": True, "dropout": 0.1, "bottleneck": True,
    },
}  # fmt: skip
TINY: Case = {
    "in_size": (3, 32, 32), "out_classes": 10, "channels": [32], "pool_every": 1, "hidden_dims": [100],
    "conv_params": {"kernel_size": 3, "stride": 1, "padding": 1}, "pooling_params": {"kernel_size": 2},
}  # fmt: skip
QUESTIONS = ("part4_q1", "part4_q2")
ORDER = "Compare your layers with the handout: they draw their first weights in the order in which they are created."
ANSWER_TEMPLATE = "**Your answer:**"


# --- criteria of this assignment ---


def sums_to_one(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """Every row of `probabilities` is finite and sums to 1."""
    rows = seen.get("probabilities")
    if not isinstance(rows, Tensor) or not rows.is_floating_point() or rows.dim() != 2:
        return "`probabilities` is not a floating-point tensor with one row for each sample"
    sums = rows.double().sum(dim=1)
    wrong = ~((sums - 1).abs() <= 1e-4)
    if wrong.any():
        return Unmet(
            f"{int(wrong.sum())} of {len(sums)} rows of probabilities do not sum to 1; the first sums to "
            f"{float(sums[wrong][0]):.4g}",
            "Apply softmax to the scores, over the axis of the classes.",
        )
    return None


def gradient_reaches_the_first_layer(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """The gradient of the first convolution's weights is finite and not zero."""
    norms = seen.get("gradient_norms")
    if not isinstance(norms, list) or not norms or type(norms[0]) is not float:
        return "the network has no weights"
    if not math.isfinite(norms[0]) or norms[0] <= 0:
        return Unmet(
            f"the gradient of the first convolution's weights has norm {norms[0]:.4g}",
            "Does the forward pass leave the graph (detach, item, numpy, no_grad, a new tensor made of old values)?",
        )
    return None


def sgd_accepts(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """The names are keywords of `torch.optim.SGD`, a learning rate among them, with values that it takes."""
    names, values = seen.get("names"), seen.get("values")
    if not isinstance(names, list) or not isinstance(values, list) or len(names) != len(values):
        return "the hyperparameters are not named values"

    class SGD(torch.optim.SGD):
        # As it is without torch's wrapper, whose first call imports a compiler: a second of each run of these checks.
        add_param_group = inspect.unwrap(torch.optim.SGD.add_param_group)

    known = [name for name in inspect.signature(SGD).parameters if name != "params"]
    for name in names:
        if name not in known:
            return Unmet(f"torch.optim.SGD has no keyword {str(name)[:40]!r}", f"Its keywords are {', '.join(known)}.")
    if "lr" not in names:
        return Unmet("the learning rate `lr` is missing", "Choose one; do not rely on SGD's default.")
    try:
        SGD([torch.zeros(1)], **dict(zip(names, values, strict=True)))
    except (TypeError, ValueError, RuntimeError) as error:
        return Unmet(f"torch.optim.SGD refuses the hyperparameters: {str(error)[:200]}")
    if not values[names.index("lr")] > 0:
        return Unmet("the learning rate is not above 0: nothing would be learnt")
    return None


def loss_prefers_right_scores(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """The loss of scores that favour the right classes is finite and below that of scores that favour wrong ones."""
    right, wrong = seen.get("loss_of_right_scores"), seen.get("loss_of_wrong_scores")
    if type(right) is not float or type(wrong) is not float or not math.isfinite(right) or not math.isfinite(wrong):
        return "`loss_fn` does not give finite numbers"
    if right >= wrong:
        return Unmet(
            f"`loss_fn` gives {right:.4g} for right scores and {wrong:.4g} for wrong ones: it cannot train the model",
            "The model gives raw scores and the labels are class indices; which loss of torch.nn takes these?",
        )
    return None


# --- checks ---


@check(points=6, seconds=10, cases=CNNS, expect=[close("scores", atol=1e-3)], hint=ORDER)
def cnn_forward(hw: Any, case: Case) -> dict[str, Any]:
    """CNN gives the expected class scores for an image of ones."""
    torch.manual_seed(SEED)
    net = hw.cnn.CNN(**case)
    torch.manual_seed(SEED)
    return {"scores": net(torch.ones(1, *IMAGE)), "layers": layers(net)}


@check(
    points=3,
    seconds=10,
    expect=[equal(f"{name}_shapes") for name in CNNS],
    hint="Which layer has those parameters? Look at its numbers of channels, its kernel size and its place.",
)
def cnn_parameters(hw: Any) -> dict[str, Any]:
    """CNN has parameters of the expected shapes, registered in the order of its layers."""
    nets = {name: hw.cnn.CNN(**case) for name, case in CNNS.items()}
    return {f"{name}_shapes": [list(weight.shape) for weight in net.parameters()] for name, net in nets.items()}


@check(
    points=4,
    seconds=10,
    cases=BLOCKS,
    expect=[close("out", atol=1e-3)],
    hint="Is the shortcut added before the last activation? Between convolutions: dropout, batch norm, activation.",
)
def residual_block(hw: Any, case: Case) -> dict[str, Any]:
    """ResidualBlock gives the expected result for an image of ones."""
    torch.manual_seed(SEED)
    block = hw.cnn.ResidualBlock(**case)
    torch.manual_seed(SEED)
    return {"out": block(torch.ones(1, 3, 32, 32)), "layers": layers(block)}


@check(
    points=2,
    seconds=10,
    expect=[close("out", atol=1e-6)],
    hint="With zeros in the main path only the shortcut is left: is the input itself added, then the ReLU applied?",
)
def residual_block_of_zeros(hw: Any) -> dict[str, Any]:
    """With all its parameters set to zero, a residual block with as many channels out as in is relu(x)."""
    block = hw.cnn.ResidualBlock(4, [8, 4], [3, 3], batchnorm=True)
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    return {"out": block(pattern(2, 4, 8, 8))}


@check(
    points=3,
    seconds=10,
    expect=[equal("shape"), close("every_fourth_map", atol=1e-3)],
    hint="A 1x1 convolution to the inner channels, the inner ones, a 1x1 back; then the shortcut and the activation.",
)
def bottleneck_block(hw: Any) -> dict[str, Any]:
    """ResidualBottleneckBlock gives the expected result for 256 maps of ones."""
    torch.manual_seed(SEED)
    block = hw.cnn.ResidualBottleneckBlock(
        in_out_channels=256, inner_channels=[64, 32, 64], inner_kernel_sizes=[3, 5, 3],
        batchnorm=False, dropout=0.1, activation_type="lrelu",
    )  # fmt: skip
    torch.manual_seed(SEED)
    out = block(torch.ones(1, 256, 32, 32))
    # All maps would make the saved file a megabyte, and say no more.
    return {"shape": list(out.shape), "every_fourth_map": out[:, ::4], "layers": layers(block)}


@check(
    points=6,
    seconds=10,
    cases=RESNETS,
    expect=[close("scores", atol=1e-3)],
    hint="Fix your blocks first; then look at which convolutions share a block, and where pooling comes.",
)
def resnet_forward(hw: Any, case: Case) -> dict[str, Any]:
    """ResNet gives the expected class scores for an image of ones."""
    torch.manual_seed(SEED)
    net = hw.cnn.ResNet(**case)
    torch.manual_seed(SEED)
    return {"scores": net(torch.ones(1, *IMAGE)), "layers": layers(net)}


@check(
    points=2,
    seconds=10,
    expect=[gradient_reaches_the_first_layer, close("gradient_norms", atol=1e-3, rtol=1e-2)],
    hint="Norms run from the first layer to the last; too small at the front means that a shortcut is missing.",
)
def resnet_gradients(hw: Any) -> dict[str, Any]:
    """In a ResNet of twelve convolutions the gradient reaches the first layer with the expected size."""
    torch.manual_seed(SEED)
    net = hw.cnn.ResNet((3, 16, 16), 4, [8] * 12, 3, [10], pooling_params={"kernel_size": 2})
    net(pattern(2, 3, 16, 16)).square().sum().backward()
    weights = [parameter for parameter in net.parameters() if parameter.dim() > 1]
    return {"gradient_norms": [0.0 if w.grad is None else float(w.grad.norm()) for w in weights]}


@check(
    points=2,
    seconds=10,
    expect=[
        close("scores", atol=1e-5),
        sums_to_one,
        close("probabilities", atol=1e-5),
        close("probabilities_of_scores", atol=1e-5),
    ],
    hint="`forward` gives the model's raw scores; the softmax belongs to the probabilities, over the classes.",
)
def classifier_probabilities(hw: Any) -> dict[str, Any]:
    """ArgMaxClassifier gives the model's scores, and as probabilities their softmax, for a batch of eight."""
    classifier = hw.classifier.ArgMaxClassifier(_small_model(hw)).eval()
    x = pattern(8, 6)
    return {
        "scores": classifier(x),
        "probabilities": classifier.predict_proba(x),
        "probabilities_of_scores": classifier.predict_proba_scores(pattern(3, 4)),
    }


@check(
    points=2,
    seconds=10,
    expect=[labels("labels"), labels("labels_of_scores")],
    hint="One label for each sample: the index of its largest score, over the axis of the classes.",
)
def classifier_labels(hw: Any) -> dict[str, Any]:
    """ArgMaxClassifier chooses the most probable class of each sample of a batch of eight."""
    classifier = hw.classifier.ArgMaxClassifier(_small_model(hw)).eval()
    return {"labels": classifier.classify(pattern(8, 6)), "labels_of_scores": classifier.classify_scores(pattern(9, 5))}


@check(
    points=6,
    seconds=5,
    expect=[close("losses", atol=1e-4), close("accuracies", atol=1e-3), close("weights", atol=1e-4)],
    hint="For each batch: zero_grad, forward, loss, backward, step; the accuracy is in percent of all samples seen.",
)
def trains_a_given_model(hw: Any, device: torch.device) -> dict[str, Any]:
    """Your trainer takes a given model to the expected weights, and reports every batch's loss and the accuracy."""
    model = GivenClassifier(_small_model(hw))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9, weight_decay=0.01)
    trainer = hw.training.ClassifierTrainer(model, nn.CrossEntropyLoss(), optimizer, device)
    batches = _batches()
    results = [trainer.train_epoch(batches, max_batches=most, verbose=False) for most in (None, None, 2)]
    return {**_reports(results), "weights": _weights(model)}


@check(
    points=3,
    seconds=5,
    expect=[close("losses", atol=1e-4), close("accuracies", atol=1e-3), close("weights", atol=1e-4)],
    hint="Testing: eval mode, no gradients, no optimizer step; training afterwards: train mode again.",
)
def tests_without_training(hw: Any, device: torch.device) -> dict[str, Any]:
    """Your trainer tests in evaluation mode and changes no weights, then trains in training mode again."""
    model = GivenClassifier(nn.Sequential(_small_model(hw), nn.Dropout(0.5)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    trainer = hw.training.ClassifierTrainer(model, nn.CrossEntropyLoss(), optimizer, device)
    batches = _batches()
    tests = [trainer.test_epoch(batches, verbose=False), trainer.test_epoch(batches, max_batches=1, verbose=False)]
    weights = _weights(model)
    torch.manual_seed(SEED)
    return {**_reports([*tests, trainer.train_epoch(batches, verbose=False)]), "weights": weights}


@check(points=4, seconds=20, data="tiny_images", expect=[accuracy("scores", labels="labels", at_least=0.9)])
def overfits_fifty_images(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """Your trainer, with your hyperparameters, brings a small CNN to 90% accuracy on 50 images within 25 epochs."""
    images, truth = data["images"], data["labels"]
    loader = DataLoader(TensorDataset(images, truth), batch_size=2)
    torch.manual_seed(SEED)
    model = hw.classifier.ArgMaxClassifier(hw.cnn.CNN(**TINY))
    hp = dict(hw.answers.part4_optim_hp())
    loss_fn = hp.pop("loss_fn")
    trainer = hw.training.ClassifierTrainer(model, loss_fn, torch.optim.SGD(model.parameters(), **hp), device)
    best, best_hits = None, -1
    for _ in range(25):
        trainer.train_epoch(loader, max_batches=25, verbose=False)
        with torch.no_grad():
            scores = model(images.to(device)).cpu()
        hits = int((scores.argmax(dim=1) == truth).sum())
        if hits > best_hits:
            best, best_hits = scores, hits
        if hits >= 45:  # only saves time: the criterion decides
            break
    return {"scores": best}


@check(points=1, seconds=10, expect=[sgd_accepts, loss_prefers_right_scores])
def hyperparameters(hw: Any) -> dict[str, Any]:
    """`part4_optim_hp` returns a dict with a loss function and settings that `torch.optim.SGD` takes."""
    hp = dict(hw.answers.part4_optim_hp())
    loss_fn = hp.pop("loss_fn")
    truth = torch.arange(3)
    scores = 4 * torch.eye(3)
    return {
        "names": list(hp),
        "values": list(hp.values()),
        "loss_of_right_scores": float(loss_fn(scores, truth)),
        "loss_of_wrong_scores": float(loss_fn(scores.roll(1, dims=1), truth)),
    }


@check(
    points=0,
    seconds=10,
    expect=[answered(name, template=ANSWER_TEMPLATE) for name in QUESTIONS],
)
def written_answers(hw: Any) -> dict[str, Any]:
    """The questions have answers, which are graded by hand."""
    return {name: getattr(hw.answers, name) for name in QUESTIONS}


# --- what the probes share ---


class GivenClassifier(nn.Module):
    """A complete classifier, so that the trainer's checks do not depend on the student's."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """Scores, (N, C)."""
        scores: Tensor = self.model(x)
        return scores

    def predict_proba(self, x: Tensor) -> Tensor:
        """Probabilities, (N, C)."""
        return self.predict_proba_scores(self(x))

    def predict_proba_scores(self, scores: Tensor) -> Tensor:
        """Probabilities that belong to scores, (N, C)."""
        return scores.softmax(dim=1)

    def classify(self, x: Tensor) -> Tensor:
        """Labels, (N,)."""
        return self.classify_scores(self(x))

    def classify_scores(self, scores: Tensor) -> Tensor:
        """Labels that belong to scores, (N,)."""
        return scores.argmax(dim=1)


def pattern(*shape: int) -> Tensor:
    """Values in [-2, 2] that repeat nowhere and need no random numbers, float32."""
    return (2 * (torch.arange(math.prod(shape), dtype=torch.float64) * 1.7).sin()).reshape(shape).float()


def _small_model(hw: Any) -> nn.Module:
    """The given MLP, 6 features to 4 classes, with the seed's weights."""
    torch.manual_seed(SEED)
    model: nn.Module = hw.mlp.MLP(6, [8, 4], ["tanh", "none"])
    return model


def _batches() -> DataLoader[tuple[Tensor, ...]]:
    """Ten samples in batches of 4, 4 and 2: an accuracy averaged over batches is not that over samples."""
    samples = TensorDataset(pattern(10, 6), torch.arange(10) % 4)
    # A generator of its own: each pass draws a number, which must not move the seed's dropout masks.
    return DataLoader(samples, batch_size=4, generator=torch.Generator())


def _reports(results: Sequence[Any]) -> dict[str, Any]:
    """What epochs reported, as plain numbers: tensors of one number will do as well."""
    return {
        "losses": [float(loss) for result in results for loss in result.losses],
        "accuracies": [float(result.accuracy) for result in results],
    }


def _weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().cpu().flatten() for parameter in model.parameters()])
