"""The public checks of `cnn`. Probes observe what a student's package gives; criteria judge it elsewhere.

Modules are always built under a seed on the CPU, so that a correct package starts from the reference's weights. Inputs
are a fixed pattern: normal random numbers differ in the last bits from machine to machine. No two sizes are alike where
two could be mixed up, and settings are not the usual ones, so that none can be ignored.
"""

import contextlib
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset, default_collate

from grader import Unmet, accuracy, answered, any_seed, check, close, equal, labels, layers

Values = Mapping[str, Any]
Given = Mapping[str, Tensor]
Case = dict[str, Any]

SEED = 42  # of what has no secret twin: training to a threshold, and the hidden checks
EPOCHS_PRINTED = 2
IMAGE = (3, 40, 32)
CNNS: dict[str, Case] = {
    "padded": {
        "in_size": IMAGE, "out_classes": 10, "channels": [32, 24, 16, 28], "pool_every": 2, "hidden_dims": [100, 60],
        "conv_params": {"kernel_size": 3, "stride": 1, "padding": 1},
        "activation_type": "relu", "activation_params": {},
        "pooling_type": "max", "pooling_params": {"kernel_size": 2},
    },
    "strided": {
        "in_size": IMAGE, "out_classes": 7, "channels": [20, 32, 12, 24], "pool_every": 3, "hidden_dims": [50, 80],
        "conv_params": {"kernel_size": 5, "stride": 2, "padding": 3},
        "activation_type": "lrelu", "activation_params": {"negative_slope": 0.3},
        "pooling_type": "avg", "pooling_params": {"kernel_size": 3},
    },
    "left_over": {
        "in_size": (4, 36, 52), "out_classes": 3, "channels": [16, 8, 12, 20, 6], "pool_every": 3, "hidden_dims": [],
        "conv_params": {"kernel_size": 2, "stride": 2, "padding": 2},
        "activation_type": "lrelu", "activation_params": {"negative_slope": 0.1},
        "pooling_type": "max", "pooling_params": {"kernel_size": 2},
    },
}  # fmt: skip
BLOCKS: dict[str, Case] = {
    "projected": {"in_channels": 3, "channels": [6, 4, 5, 7], "kernel_sizes": [3, 5, 1, 7], "batchnorm": True,
                  "dropout": 0.2, "activation_type": "lrelu", "activation_params": {"negative_slope": 0.4}},
    "identity": {"in_channels": 3, "channels": [8, 3], "kernel_sizes": [5, 3], "activation_type": "tanh"},
}  # fmt: skip
RESNETS: dict[str, Case] = {
    "plain": {
        "in_size": IMAGE, "out_classes": 10, "channels": [32, 48, 24, 40, 16, 36], "pool_every": 5,
        "hidden_dims": [100, 60], "activation_type": "lrelu", "activation_params": {"negative_slope": 0.3},
        "pooling_type": "avg", "pooling_params": {"kernel_size": 3},
        "batchnorm": True, "dropout": 0.1, "bottleneck": False,
    },
    "bottleneck": {
        "in_size": IMAGE, "out_classes": 5, "channels": [64, 16, 48, 32, 24, 48, 16, 8, 64, 20, 64], "pool_every": 3,
        "hidden_dims": [64], "activation_type": "tanh", "pooling_type": "max", "pooling_params": {"kernel_size": 2},
        "batchnorm": True, "dropout": 0.3, "bottleneck": True,
    },
    "left_over": {
        "in_size": (4, 14, 18), "out_classes": 6, "channels": [12, 7, 10, 4, 9, 6, 5, 16, 11, 8, 16], "pool_every": 4,
        "hidden_dims": [], "pooling_params": {"kernel_size": 2},
        "batchnorm": True, "dropout": 0.2, "bottleneck": True,
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


@any_seed
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


@any_seed
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


def chooses_a_learning_rate(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """`lr` is among the names of the hyperparameters."""
    names = seen.get("names")
    if not isinstance(names, list):
        return "the hyperparameters have no names"
    if "lr" not in names:
        return Unmet("the learning rate `lr` is missing", "Choose one; do not rely on SGD's default.")
    return None


def loss_prefers_right_scores(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """The loss of scores that favour the right classes is finite and below that of scores that favour wrong ones."""
    right, wrong = seen.get("loss_of_right_scores"), seen.get("loss_of_wrong_scores")
    if type(right) is not float or type(wrong) is not float or not math.isfinite(right) or not math.isfinite(wrong):
        return "`loss_fn` does not give finite numbers"
    if right < 0:
        return Unmet(
            f"`loss_fn` gives {right:.4g}, which is below 0: it has no smallest value that training could reach",
            "The model gives raw scores: a loss of log-probabilities (NLLLoss) does not fit.",
        )
    repeated = seen.get("loss_of_each_sample_twice")
    if type(repeated) is not float or abs(repeated - right) > 1e-4 * (1 + abs(right)):
        return Unmet(
            "`loss_fn` of a batch that has each sample twice is not that of the batch: it is not a mean",
            "With a sum the length of a step depends on the size of the batch.",
        )
    if right >= wrong:
        return Unmet(
            f"`loss_fn` gives {right:.4g} for right scores and {wrong:.4g} for wrong ones: it cannot train the model",
            "The model gives raw scores and the labels are class indices; which loss of torch.nn takes these?",
        )
    return None


@any_seed
def prints_only_when_told(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """One line is printed for each of two epochs with verbose=True, nothing with verbose=False."""
    printed, silent = seen.get("printed"), seen.get("printed_when_silent")
    if not isinstance(printed, str) or not isinstance(silent, str):
        return "what was printed is not text"
    if silent.strip():
        return Unmet(f"with verbose=False this is printed: {silent.strip()[:80]!r}")
    lines = [line for line in printed.split("\n") if line.strip()]
    if len(lines) != EPOCHS_PRINTED:
        return Unmet(f"with verbose=True {EPOCHS_PRINTED} epochs print {len(lines)} lines, expected one line for each")
    return None


# --- checks ---


@check(
    points=6,
    seconds=10,
    cases=CNNS,
    expect=[close("scores_of_ones", atol=1e-4), close("scores", atol=1e-4)],
    hint=ORDER,
)
def cnn_forward(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """CNN gives the expected class scores for an image of ones, and for two other images."""
    torch.manual_seed(seed)
    net = hw.cnn.CNN(**case)
    torch.manual_seed(seed)
    return {
        "scores_of_ones": net(torch.ones(1, *case["in_size"])),
        "scores": net(pattern(2, *case["in_size"], seed=seed)),
        "layers": layers(net),
    }


@check(
    points=2,
    seconds=10,
    expect=[
        *(equal(f"{name}_shapes") for name in CNNS),
        *(close(f"{name}_gradient_norms", atol=1e-3, rtol=1e-2) for name in CNNS),
    ],
    hint="Which layer has those parameters? Look at its numbers of channels, its kernel size and its place; a gradient "
    "of 0 means that the forward pass leaves the graph.",
)
def cnn_parameters(hw: Any, seed: int) -> dict[str, Any]:
    """CNN has parameters of the expected shapes, in the order of its layers, and the scores give each its gradient."""
    values = {}
    for name, case in CNNS.items():
        torch.manual_seed(seed)
        net = hw.cnn.CNN(**case)
        (10 * net(pattern(2, *case["in_size"], seed=seed))).square().sum().backward()
        values[f"{name}_shapes"] = [list(weight.shape) for weight in net.parameters()]
        values[f"{name}_gradient_norms"] = _gradient_norms(net.parameters())
    return values


@check(
    points=4,
    seconds=10,
    cases=BLOCKS,
    expect=[close("out", atol=1e-4)],
    hint="Is the shortcut added before the last activation? Between convolutions: dropout, batch norm, activation.",
)
def residual_block(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """ResidualBlock gives the expected result for two images."""
    torch.manual_seed(seed)
    block = hw.cnn.ResidualBlock(**case)
    torch.manual_seed(seed)
    return {"out": block(pattern(2, 3, 24, 20, seed=seed)), "layers": layers(block)}


@check(
    points=2,
    seconds=10,
    expect=[close("out", atol=1e-6), close("gradient_norms", atol=1e-3, rtol=1e-2)],
    hint="With zeros in the main path only the shortcut is left: is the input itself added, then the ReLU applied?",
)
def residual_block_of_zeros(hw: Any, seed: int) -> dict[str, Any]:
    """A residual block gives its parameters the expected gradients; with all of them set to zero, it is relu(x)."""
    torch.manual_seed(seed)
    block, x = hw.cnn.ResidualBlock(4, [8, 4], [3, 3]), pattern(2, 4, 8, 8, seed=seed)
    block(x).square().sum().backward()
    norms = _gradient_norms(block.parameters())
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    return {"out": block(x), "gradient_norms": norms}


@check(
    points=3,
    seconds=10,
    expect=[close("out", atol=1e-4)],
    hint="A 1x1 convolution to the inner channels, the inner ones, a 1x1 back; then the shortcut and the activation.",
)
def bottleneck_block(hw: Any, seed: int) -> dict[str, Any]:
    """ResidualBottleneckBlock gives the expected result for two images of 20 maps."""
    torch.manual_seed(seed)
    block = hw.cnn.ResidualBottleneckBlock(
        in_out_channels=20, inner_channels=[12, 8, 10], inner_kernel_sizes=[3, 5, 1],
        batchnorm=True, dropout=0.1, activation_type="lrelu", activation_params={"negative_slope": 0.4},
    )  # fmt: skip
    torch.manual_seed(seed)
    return {"out": block(pattern(2, 20, 12, 10, seed=seed)), "layers": layers(block)}


@check(
    points=6,
    seconds=10,
    cases=RESNETS,
    expect=[close("scores", atol=1e-4), close("evaluating", atol=1e-4)],
    hint="Fix your blocks first; then look at which convolutions share a block, and where pooling comes.",
)
def resnet_forward(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """ResNet gives the expected class scores for two images, in training mode and then in evaluation mode."""
    torch.manual_seed(seed)
    net = hw.cnn.ResNet(**case)
    torch.manual_seed(seed)
    x = pattern(2, *case["in_size"], seed=seed)
    return {"scores": net(x), "evaluating": net.eval()(x), "layers": layers(net)}


@check(
    points=2,
    seconds=10,
    expect=[gradient_reaches_the_first_layer, close("gradient_norms", atol=1e-3, rtol=1e-2)],
    hint="Norms run from the first layer to the last; too small at the front means that a shortcut is missing.",
)
def resnet_gradients(hw: Any, seed: int) -> dict[str, Any]:
    """In a ResNet of twelve convolutions the gradient reaches the first layer with the expected size."""
    torch.manual_seed(seed)
    net = hw.cnn.ResNet((3, 16, 16), 4, [8] * 12, 3, [10], pooling_params={"kernel_size": 2})
    net(pattern(2, 3, 16, 16, seed=seed)).square().sum().backward()
    return {"gradient_norms": _gradient_norms(parameter for parameter in net.parameters() if parameter.dim() > 1)}


@check(
    points=1,
    seconds=10,
    expect=[
        close("scores", atol=1e-5),
        sums_to_one,
        close("probabilities", atol=1e-5),
        close("probabilities_of_one", atol=1e-5),
        close("probabilities_of_scores", atol=1e-5),
        close("probabilities_of_huge_scores", atol=1e-5),
        close("huge_scores_afterwards", atol=0),
    ],
    hint="`forward` gives raw scores; the softmax goes over the classes, and exp(1000) is infinite.",
)
def classifier_probabilities(hw: Any, seed: int) -> dict[str, Any]:
    """ArgMaxClassifier gives the model's scores, and their softmax as probabilities, for eight samples and for one."""
    classifier = hw.classifier.ArgMaxClassifier(_small_model(hw, seed)).eval()
    x = pattern(8, 6, seed=seed)
    huge = torch.tensor([[1000.0, 998.0, -1000.0], [-2000.0, -2001.0, -2003.0]])
    return {
        "scores": classifier(x),
        "probabilities": classifier.predict_proba(x),
        "probabilities_of_one": classifier.predict_proba(x[:1]),
        "probabilities_of_scores": classifier.predict_proba_scores(pattern(3, 4, seed=seed)),
        "probabilities_of_huge_scores": classifier.predict_proba_scores(huge),
        "huge_scores_afterwards": huge,
    }


@check(
    points=1,
    seconds=10,
    expect=[
        labels("labels"),
        labels("label_of_one"),
        labels("labels_of_scores"),
        labels("cautious"),
        labels("cautious_of_scores"),
    ],
    hint="One label for each sample, chosen from its probabilities by `_classify`; here the index of the largest.",
)
def classifier_labels(hw: Any, seed: int) -> dict[str, Any]:
    """ArgMaxClassifier chooses the most probable class of each sample; a subclass of Classifier chooses as it likes."""

    class Cautious(hw.classifier.Classifier):  # type: ignore[misc]
        def _classify(self, probabilities: Tensor) -> Tensor:
            return (probabilities[:, 1] > 0.2).long()  # class 1 as soon as it is likely enough, else class 0

    model, x, scores = _small_model(hw, seed), pattern(8, 6, seed=seed), pattern(40, 5, seed=seed)
    most_probable, cautious = hw.classifier.ArgMaxClassifier(model).eval(), Cautious(model).eval()
    return {
        "labels": most_probable.classify(x),
        "label_of_one": most_probable.classify(x[:1]),
        "labels_of_scores": most_probable.classify_scores(scores),
        "cautious": cautious.classify(x),
        "cautious_of_scores": cautious.classify_scores(scores),
    }


@check(
    points=6,
    seconds=5,
    expect=[close("losses", atol=1e-4), close("accuracies", atol=1e-3), close("weights", atol=1e-4)],
    hint="For each batch: zero_grad, forward, loss, backward, step; the accuracy is in percent of all samples seen.",
)
def trains_a_given_model(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """Your trainer takes a given model to the expected weights, and reports every batch's loss and the accuracy."""
    model = GivenClassifier(_small_model(hw, seed))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.07, momentum=0.9, weight_decay=0.01)
    trainer = hw.training.ClassifierTrainer(model, tripled_loss, optimizer, device)
    batches = _batches(seed)
    results = [trainer.train_epoch(batches, max_batches=most, verbose=False) for most in (None, 5, 2)]
    return {**_reports(results), "weights": _weights(model)}


@check(
    points=4,
    seconds=5,
    expect=[
        close("losses", atol=1e-4),
        close("accuracies", atol=1e-3),
        close("weights", atol=1e-4),
        equal("tested_in"),
    ],
    hint="Testing: eval mode, no gradients, no optimizer step; training afterwards: train mode again.",
)
def tests_without_training(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """Your trainer tests in evaluation mode, without a graph and without a step, then trains in training mode again."""
    model = GivenClassifier(nn.Sequential(_small_model(hw, seed), nn.Dropout(0.5)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    trainer = hw.training.ClassifierTrainer(model, nn.CrossEntropyLoss(label_smoothing=0.3), optimizer, device)
    batches = _batches(seed)
    tests = [trainer.test_epoch(batches, verbose=False), trainer.test_epoch(batches, max_batches=1, verbose=False)]
    tested_in, weights = sorted(model.called_in), _weights(model)
    torch.manual_seed(seed)
    return {
        **_reports([*tests, trainer.train_epoch(batches, verbose=False)]),
        "weights": weights,
        "tested_in": tested_in,
    }


@check(
    points=5,
    seconds=5,
    expect=[
        close("losses", atol=1e-4),
        close("accuracies", atol=1e-3),
        close("weights", atol=1e-4),
        close("probabilities", atol=1e-4),
        labels("labels"),
    ],
    hint="Fix your classifier and your trainer by themselves first, in training and in evaluation mode.",
)
def trains_your_classifier(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """Your trainer trains and tests your classifier around a given network with batch norm, which then classifies."""
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(30, 4)
    )
    classifier = hw.classifier.ArgMaxClassifier(network)
    optimizer = torch.optim.SGD(classifier.parameters(), lr=0.05, momentum=0.5)
    trainer = hw.training.ClassifierTrainer(classifier, nn.CrossEntropyLoss(), optimizer, device)
    images = pattern(11, 3, 8, 6, seed=seed)
    batches = _in_batches(TensorDataset(images, torch.arange(11) % 4))
    epochs = (trainer.train_epoch, trainer.train_epoch, trainer.test_epoch)
    results = [epoch(batches, verbose=False) for epoch in epochs]
    weights, images = _weights(classifier), images.to(device)
    classifier.eval()
    return {
        **_reports(results),
        "weights": weights,
        "probabilities": classifier.predict_proba(images),
        "labels": classifier.classify(images),
    }


@check(
    points=1,
    seconds=5,
    expect=[close("losses", atol=1e-4), prints_only_when_told],
    hint="With verbose=True one line at the end of an epoch, with verbose=False none.",
)
def prints_one_line(hw: Any, seed: int) -> dict[str, Any]:
    """A trainer without a device works where its model is; it prints a line for each epoch if told to, else nothing."""
    model, batches = GivenClassifier(_small_model(hw, seed)), DataLoader(_samples(seed), 6, generator=torch.Generator())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    trainer = hw.training.ClassifierTrainer(model, nn.CrossEntropyLoss(), optimizer)
    tests, texts = [], []
    for verbose in (True, False):
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            tests.append(trainer.test_epoch(batches, verbose=verbose))
            trainer.train_epoch(batches, max_batches=1, verbose=verbose)
        texts.append((out.getvalue()[:2000], errors.getvalue()[:2000]))
    (printed, aside), silent = texts
    return {
        # Before and after one step: what else may be wrong with training costs its points elsewhere.
        "losses": _reports(tests)["losses"],
        "printed": printed or aside,  # a progress bar beside the line does no harm
        "printed_when_silent": "".join(silent),
    }


@check(
    points=1,
    seconds=20,
    data="tiny_images",
    expect=[
        chooses_a_learning_rate,
        loss_prefers_right_scores,
        close("scores_before", atol=1e-4),
        accuracy("scores", labels="labels", at_least=0.9),
    ],
    hint="The network starts as `cnn_forward` says, so look there first; then at your trainer and `part4_optim_hp`.",
)
def overfits_fifty_images(hw: Any, data: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    """Your trainer, with your hyperparameters, brings a small CNN to 90% accuracy on 50 images within 25 epochs."""
    images, truth = data["images"], data["labels"]
    loader = DataLoader(TensorDataset(images, truth), batch_size=2)
    hp = dict(hw.answers.part4_optim_hp())
    loss_fn, classes = hp.pop("loss_fn"), torch.arange(10)
    right = 4 * torch.eye(10)
    losses = {
        "loss_of_right_scores": float(loss_fn(right, classes)),
        "loss_of_wrong_scores": float(loss_fn(right.roll(1, dims=1), classes)),
        "loss_of_each_sample_twice": float(loss_fn(right.repeat(2, 1), classes.repeat(2))),
    }
    torch.manual_seed(SEED)
    model = hw.classifier.ArgMaxClassifier(hw.cnn.CNN(**TINY))
    trainer = hw.training.ClassifierTrainer(model, loss_fn, torch.optim.SGD(model.parameters(), **hp), device)
    with torch.no_grad():
        before = model(images.to(device)).cpu()
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
    return {"names": list(hp), **losses, "scores_before": before, "scores": best}


@check(
    points=0,
    seconds=10,
    expect=[answered(name, template=ANSWER_TEMPLATE) for name in QUESTIONS],
)
def written_answers(hw: Any) -> dict[str, Any]:
    """The questions have answers, which are graded by hand."""
    return {name: getattr(hw.answers, name) for name in QUESTIONS}


# --- what the probes share ---


class GivenClassifier(nn.Sequential):
    """A complete classifier, so that the trainer's checks do not depend on the student's.

    It can be used as the handout says, and is of another kind than the student is to write: its probabilities come from
    softplus, and its labels are those of four classes.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        self.called_in: set[str] = set()

    @property
    def model(self) -> nn.Module:
        """What gives the scores."""
        return self[0]

    def forward(self, x: Tensor) -> Tensor:
        """Scores, (N, 4); notes in which mode, and whether a graph is built."""
        mode = "training" if self.training else "evaluation"
        self.called_in.add(f"{mode} mode, {'building a graph' if torch.is_grad_enabled() else 'without a graph'}")
        scores: Tensor = super().forward(x)
        return scores

    def predict_proba(self, x: Tensor) -> Tensor:
        """Probabilities, (N, 4)."""
        return shares(self(x))

    def predict_proba_scores(self, scores: Tensor) -> Tensor:
        """Probabilities that belong to scores, (N, 4)."""
        return shares(scores)

    def classify(self, x: Tensor) -> Tensor:
        """Labels, (N,)."""
        return winners(self(x))

    def classify_scores(self, scores: Tensor) -> Tensor:
        """Labels that belong to scores, (N,)."""
        return winners(scores)

    def _classify(self, probabilities: Tensor) -> Tensor:
        """Labels that belong to probabilities, (N,)."""
        return winners(probabilities)


def shares(scores: Tensor) -> Tensor:
    """Positive numbers in the order of the scores of each row, which sum to 1."""
    positive = nn.functional.softplus(scores)
    return positive / positive.sum(dim=1, keepdim=True)


def winners(scores: Tensor) -> Tensor:
    """Of four columns the one that wins, in each row: the first against the second, the others, then both winners."""
    a, b, c, d = scores.unbind(dim=1)
    return torch.where(torch.maximum(a, b) >= torch.maximum(c, d), (b > a).long(), 2 + (d > c).long())


class Elsewhere(Tensor):
    """A tensor as if on another device: once moved it is an ordinary one, and until then it goes with no other."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [*args, *(kwargs or {}).values()]
        result = super().__torch_function__(func, types, args, kwargs)
        if func is Tensor.to and not all(isinstance(each, cls | torch.dtype) for each in given):
            return result.as_subclass(Tensor)
        if any(isinstance(each, Tensor) and not isinstance(each, cls) for each in given):
            raise RuntimeError("Expected all tensors to be on the same device: is each part of the batch moved to it?")
        return result


def tripled_loss(scores: Tensor, truth: Tensor) -> Tensor:
    """Three times the mean cross entropy: like no loss of torch."""
    return 3 * nn.functional.cross_entropy(scores, truth)


def pattern(*shape: int, seed: int = SEED) -> Tensor:
    """Values in [-2, 2] that repeat nowhere and need no random numbers, float32; others for another seed."""
    places = torch.arange(math.prod(shape), dtype=torch.float64) + seed % 9973
    return (2 * (1.7 * places).sin()).reshape(shape).float()


def _small_model(hw: Any, seed: int) -> nn.Module:
    """The given MLP, 6 features to 4 classes, with the seed's weights."""
    torch.manual_seed(seed)
    model: nn.Module = hw.mlp.MLP(6, [8, 4], ["tanh", "none"])
    return model


def _samples(seed: int) -> TensorDataset:
    return TensorDataset(pattern(11, 6, seed=seed), torch.arange(11) % 4)


def _batches(seed: int) -> DataLoader[tuple[Tensor, ...]]:
    return _in_batches(_samples(seed))


def _in_batches(samples: TensorDataset) -> DataLoader[tuple[Tensor, ...]]:
    """Eleven samples in batches of 4, 4 and 3: an accuracy averaged over batches is not that over samples."""

    def elsewhere(samples: list[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        return tuple(column.as_subclass(Elsewhere) for column in default_collate(samples))

    # A generator of its own: each pass draws a number, which must not move the seed's dropout masks.
    return DataLoader(samples, batch_size=4, generator=torch.Generator(), collate_fn=elsewhere)


def _reports(results: Sequence[Any]) -> dict[str, Any]:
    """What epochs reported, as plain numbers: tensors of one number will do as well."""
    return {
        "losses": [float(loss) for result in results for loss in result.losses],
        "accuracies": [float(result.accuracy) for result in results],
    }


def _weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().cpu().flatten() for parameter in model.parameters()])


def _gradient_norms(parameters: Iterable[Tensor]) -> list[float]:
    return [0.0 if each.grad is None else float(each.grad.norm()) for each in parameters]
