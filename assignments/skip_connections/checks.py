"""The public checks of `skip_connections`. Probes observe what a student's package gives; criteria judge it elsewhere.

Networks are built under a seed on the CPU, so that a correct package starts from the reference's weights. Inputs are a
fixed pattern: normal random numbers differ in the last bits from machine to machine.

How a trainer shuffles is its own affair: no check compares an order with the reference's. Given models and losses
write down what they are fed (`Recorder`), and the criteria look at that: every sample once, another order each time,
the same order after a resumption. Checkpoints are written below the working folder of the sandbox.

Nearly every check compares something with the reference too: else it could be answered without the work. Where training
is only the way to what a check is about, that is made so that neither the order of samples nor the details of a step
matter: batches of all samples, and losses that need be right to two digits only, or just the directions of a first step
(`first_step`). So a mistake in training costs the checks of training.
"""

import contextlib
import io
import math
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.utils.data import DataLoader, TensorDataset

from grader import Unmet, answered, any_seed, check, close, equal, finite, layers

Values = Mapping[str, Any]
Given = Mapping[str, Tensor]
Case = dict[str, Any]

SEED = 42
BLOCKS: dict[str, Case] = {
    "conv": {"block": "ConvBlock", "arguments": [8]},
    "res": {"block": "ResBlock", "arguments": [8]},
    "down": {"block": "ResDownBlock", "arguments": [6]},
    "down_to_more_channels": {"block": "ResDownBlock", "arguments": [4, 10]},
    "skip": {"block": "SkipBlock", "arguments": [8]},
}
KINDS = {name: BLOCKS[name] for name in ("conv", "res", "down", "skip")}
NETWORKS: dict[str, Case] = {
    "no_blocks": {"channels_in": 3, "num_blocks": 0, "ch_width": 8, "block": "ResBlock"},
    "conv": {"channels_in": 3, "num_blocks": 2, "ch_width": 8, "block": "ConvBlock"},
    "res": {"channels_in": 1, "num_blocks": 3, "ch_width": 12, "block": "ResBlock"},
    "down": {"channels_in": 3, "num_blocks": 2, "ch_width": 6, "block": "ResDownBlock"},
    "skip": {"channels_in": 2, "num_blocks": 4, "ch_width": 16, "block": "SkipBlock"},
}
DEEP = {"channels_in": 3, "num_blocks": 20, "ch_width": 16}
NORMS = ("plain_evaluating", "plain_training", "residual_evaluating", "residual_training")
QUESTIONS = ("q1_width_or_depth", "q2_vanishing", "q3_blocks", "q4_checkpoint")
ANSWER_TEMPLATE = "**Your answer:**"
ORDER = "Compare your layers with the handout: they draw their first weights in the order in which they are created."
SAMPLES, FEATURES, CLASSES = 10, 6, 4
ROUGHLY = 0.03  # Far above what rounding makes of a loss, far below what epochs of training do to it.


# --- criteria of this assignment ---


@any_seed
def residual_keeps_gradients_alive(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """At the first of 43 convolutions the residual network's gradient has a usable size, the plain network's has not.

    Measured over 40 seeds with the reference. In evaluation mode, where batch normalisation is the identity before
    any training: plain at most 3e-17, residual 0.13 to 0.5. In training mode, where it rescales each layer and the
    plain network's gradient explodes instead: plain over residual 10.7 to 89.

    In evaluation mode the residual network's norms are the reference's within a tenth. Rounding makes up to 0.3% of
    them; in training mode, and in a plain network, 43 layers make too much of it to compare.
    """
    first = {}
    for name in NORMS:
        norms = _numbers(seen.get(name))
        if norms is None or len(norms) != len(expected[name]) or not bool(torch.isfinite(norms).all()):
            return f"`{name}` are not {len(expected[name])} finite gradient norms, one for each weight of the network"
        first[name] = float(norms[0])
    if first["residual_evaluating"] < 1e-3:
        return Unmet(
            f"in evaluation mode the gradient of 20 ResBlocks has norm {first['residual_evaluating']:.3g} at the first "
            "layer: it has vanished",
            "Does ResBlock add its input as it came, and does nothing of the network cut the graph?",
        )
    if first["plain_evaluating"] > 1e-6 * first["residual_evaluating"]:
        return Unmet(
            f"in evaluation mode the gradient of 20 ConvBlocks has norm {first['plain_evaluating']:.3g} at the first "
            "layer: a plain network of this depth has practically none",
            "ConvBlock has no connection past its layers; are there 20 different blocks, one after the other?",
        )
    if first["plain_training"] < 3 * first["residual_training"]:
        return Unmet(
            f"in training mode the norms at the first layer are {first['plain_training']:.3g} for 20 ConvBlocks and "
            f"{first['residual_training']:.3g} for 20 ResBlocks; the first should be far larger",
            "Is there a batch normalisation between the convolutions of each block, and in training mode?",
        )
    norms, wanted = (_numbers(values["residual_evaluating"]) for values in (seen, expected))
    if norms is not None and wanted is not None and bool(((norms - wanted).abs() > 0.1 * wanted).any()):
        place = int(((norms - wanted).abs() > 0.1 * wanted).nonzero()[-1])
        return Unmet(
            f"in evaluation mode the gradient of 20 ResBlocks has norm {float(norms[place]):.3g} at weight {place + 1} "
            f"of {len(wanted)}, expected about {float(wanted[place]):.3g}; after it all are right",
            "Compare blocks and network with the handout; the other checks tell more.",
        )
    return None


def residual_learns_what_plain_does_not(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """On held-out pictures the residual network's loss is far below the plain one's.

    Measured with the reference in seven runs: held-out losses of at most 0.51, all pictures known. Guessing gives
    ln 10 = 2.303.
    """
    truth = given["held_labels"]
    losses, hits = {}, {}
    for name in ("residual_scores", "plain_scores"):
        scores = seen.get(name)
        if not isinstance(scores, Tensor) or not scores.is_floating_point() or scores.shape != (len(truth), 10):
            return f"`{name}` are not ten scores for each of {len(truth)} pictures"
        losses[name] = float(F.cross_entropy(scores.double(), truth))
        hits[name] = int((scores.argmax(1) == truth).sum())
    if hits["residual_scores"] < 0.8 * len(truth):
        return Unmet(
            f"after 5 epochs your network of 20 ResBlocks knows {hits['residual_scores']} of {len(truth)} new pictures "
            f"(loss {losses['residual_scores']:.3g}); 80% are needed, guessing gives 10%",
            "Fix the checks of blocks, network and trainer first.",
        )
    if losses["residual_scores"] > losses["plain_scores"] - 0.5:
        return Unmet(
            f"on new pictures the loss is {losses['residual_scores']:.3g} with 20 ResBlocks and "
            f"{losses['plain_scores']:.3g} with 20 ConvBlocks; the plain network should not get this far",
            "Has ConvBlock a connection past its layers?",
        )
    return None


def every_split_is_right(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """Every sample is in one part, once; the seed alone decides which."""
    parts = {name: _numbers(seen.get(name)) for name in ("train", "val", "train_again", "train_of_another_seed")}
    if any(values is None for values in parts.values()):
        return "the parts of the split do not hold the samples of the set"
    train, val, again, other = (values for values in parts.values() if values is not None)
    wanted = [len(expected["train"]), len(expected["val"])]
    if [len(train), len(val)] != wanted:
        return Unmet(
            f"{sum(wanted)} samples are split into {len(train)} and {len(val)}, expected {wanted[0]} and {wanted[1]}",
            "The share for training is rounded down; all others are for validation.",
        )
    if not torch.equal(torch.cat([train, val]).sort().values, torch.arange(sum(wanted), dtype=torch.float64)):
        return Unmet("some samples are in both parts, or in none", "A split must not let one set see the other's.")
    if not torch.equal(train, again):
        return Unmet(
            "splitting again with the same seed gives another split",
            "Hand `random_split` a generator with that seed; else a resumed run validates on what it was trained on.",
        )
    if (
        len(other) != wanted[0]
        or not set(other.tolist()) <= set(range(sum(wanted)))
        or len(other.unique()) < len(other)
    ):
        return "the split of another seed does not hold samples of the set, each once"
    if torch.equal(train, other):
        return Unmet("two seeds give the same split", "Does the generator get the seed? Is the split random at all?")
    return None


@any_seed
def notes_what_it_saw(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """Each epoch shows the model every sample once, in a new order, in batches; each batch's loss is noted."""
    orders = _epochs_of(seen.get("samples_trained_on"), epochs=3)
    if orders is None:
        return Unmet(
            f"three epochs of {SAMPLES} samples should show the model {3 * SAMPLES} samples, each once in every epoch",
            "One call of train_model goes through train_loader once, to the last and smaller batch.",
        )
    if seen.get("batch_sizes") != expected["batch_sizes"]:
        return Unmet(
            f"{SAMPLES} samples at batch size 4 come in batches of {seen.get('batch_sizes')!s:.60}",
            "Keep the last batch, although it is smaller.",
        )
    if any(torch.equal(one, other) for one, other in ((orders[0], orders[1]), (orders[1], orders[2]))):
        return Unmet(
            "two epochs in succession went through the samples in the same order",
            "Only the training loader shuffles; its generator goes on from epoch to epoch.",
        )
    logged, computed = _numbers(seen.get("logged_losses")), _numbers(seen.get("computed_losses"))
    if logged is None or computed is None or len(computed) != len(expected["computed_losses"]):
        return "`train_loss_logger` does not hold numbers"
    if seen.get("graphs_kept") != 0:
        return Unmet(
            "`train_loss_logger` holds tensors that keep what they were computed from: the memory of every batch",
            "Append `loss.item()`, a number.",
        )
    if len(logged) != len(computed) or not torch.allclose(logged, computed, atol=1e-5, rtol=0):
        return Unmet(
            f"the loss function gave {len(computed)} values, `train_loss_logger` holds {len(logged)}"
            + (" others" if len(logged) == len(computed) else ""),
            "Append the loss of every batch, as a number, in order.",
        )
    return None


@any_seed
def same_seed_same_order(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """Another trainer with the same seed shuffles alike, one with another seed does not."""
    first, again, other = (_numbers(seen.get(name)) for name in ("samples_trained_on", "same_seed", "another_seed"))
    if first is None or again is None or other is None:
        return "the model was not fed the samples of the set"
    if not torch.equal(first, again):
        return Unmet(
            "two trainers with the same seed go through the samples in different orders",
            "The shuffler is a torch.Generator with the trainer's seed; hand it to the training loader.",
        )
    if not torch.equal(first.sort().values, other.sort().values):
        return "with another seed the model was not fed the samples of the set"
    if torch.equal(first, other):
        return Unmet("trainers with different seeds shuffle alike", "Does the shuffler get the trainer's seed?")
    return None


@any_seed
def evaluating_changes_nothing(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """Training goes on after evaluations exactly as it does without."""
    for name, what, step in (
        ("samples", "the order of the samples", "Do not measure with the loader that shuffles."),
        ("losses", "the losses", "Mode back to training; a generator of its own for every loader."),
        ("weights", "the weights and running statistics", "Evaluation mode and no_grad while measuring, no step."),
    ):
        plain, between = _numbers(seen.get(f"{name}_without")), _numbers(seen.get(f"{name}_with"))
        if plain is None or between is None or len(plain) != len(expected[f"{name}_without"]):
            return f"two epochs do not give the expected number of {name}"
        if plain.shape != between.shape or not torch.allclose(plain, between, atol=1e-6, rtol=0):
            return Unmet(f"evaluating between two epochs changes {what} of the second", step)
    return None


@any_seed
def resumes_exactly(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """The resumed run sees the same samples, notes the same losses and reaches the same weights; both runs learn."""
    start, best = seen.get("start_epoch"), seen.get("best_valid_acc")
    if type(start) is not int or start != expected["start_epoch"]:
        return Unmet(
            f"after a checkpoint of epoch 1, `start_epoch` is {start!s:.20}, expected 2",
            "The saved epoch is done; the next one is still to do.",
        )
    if type(best) is not float or best != expected["best_valid_acc"]:
        return Unmet(f"`best_valid_acc` is {best!s:.20} after loading, expected {expected['best_valid_acc']}")
    orders = _epochs_of(seen.get("samples_uninterrupted"), epochs=2)
    if orders is None:
        return "the uninterrupted run does not show the model every sample once in each epoch"
    if torch.equal(orders[0], orders[1]):
        return Unmet("the training set is not shuffled anew for each epoch", "The training loader has shuffle=True.")
    losses, weights = _numbers(seen.get("losses_uninterrupted")), _numbers(seen.get("weights_uninterrupted"))
    at_save = _numbers(seen.get("weights_at_the_checkpoint"))
    if losses is None or weights is None or at_save is None or len(losses) != len(expected["losses_uninterrupted"]):
        return "the uninterrupted run does not note one loss for each batch"
    if weights.shape != at_save.shape or torch.allclose(weights, at_save, atol=1e-4, rtol=0):
        return "two more epochs of training do not change the weights"
    for name, what, step in (
        (
            "weights_loaded",
            "the weights and running statistics right after loading",
            "Save and load the model's state.",
        ),
        ("samples", "the order of the samples", "Save the state of the shuffler too, and load it."),
        ("losses", "`train_loss_logger`", "Save: loggers, optimizer, torch.get_rng_state() (dropout draws from it)."),
        ("weights", "the final weights and running statistics", "Is the state of the optimizer saved and loaded?"),
        ("accuracies", "the accuracy loggers", "Save and load them with the rest."),
    ):
        whole = at_save if name == "weights_loaded" else _numbers(seen.get(f"{name}_uninterrupted"))
        resumed = _numbers(seen.get(name if name == "weights_loaded" else f"{name}_resumed"))
        if whole is None or resumed is None or whole.shape != resumed.shape:
            got, wanted = (None if one is None else len(one) for one in (resumed, whole))
            return Unmet(f"{what}: {got} numbers in the resumed run, {wanted} in the uninterrupted one", step)
        if not torch.allclose(whole, resumed, atol=1e-6, rtol=0):
            return Unmet(f"{what}: the resumed run departs from the uninterrupted one", step)
    return None


def mentions(name: str, *words: str) -> Callable[[Values, Values, Given], Unmet | str | None]:
    """Text `name` contains all the words."""

    @any_seed
    def criterion(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
        text = seen.get(name)
        if not isinstance(text, str):
            return f"`{name}` is not text"
        missing = [word for word in words if word not in text]
        if missing:
            return Unmet(f"the error says {text[:120]!r}, which does not mention {', '.join(missing)}")
        return None

    return criterion


def raises(name: str, wanted: str) -> Callable[[Values, Values, Given], Unmet | str | None]:
    """List `name`, the classes of the error raised, has the wanted one."""

    @any_seed
    def criterion(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
        classes = seen.get(name)
        if isinstance(classes, list) and wanted in classes:
            return None
        if not classes:
            return Unmet(f"no {wanted} is raised", "An error that is built must also be raised: `raise ...`.")
        return Unmet(f"{str(classes[0] if isinstance(classes, list) else classes)[:40]} is raised, not {wanted}")

    return criterion


def steps_as_expected(name: str) -> Callable[[Values, Values, Given], Unmet | str | None]:
    """Tensor `name`, directions of a first step of training, is the reference's."""

    @any_seed
    def criterion(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
        steps, wanted = seen.get(name), expected[name]
        if isinstance(steps, Tensor) and steps.dtype == wanted.dtype and torch.equal(steps, wanted):
            return None
        return Unmet("a step of training moves the weights the wrong way", "Fix `trains_a_given_model` first.")

    return criterion


@any_seed
def bars_come_and_go(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """Two bars are shown with verbose=True, nothing with verbose=False."""
    shown, silent = seen.get("shown"), seen.get("silent")
    if not isinstance(shown, str) or not isinstance(silent, str):
        return "what was shown is not text"
    if silent.strip():
        return Unmet(f"with verbose=False this is shown: {silent.strip()[:80]!r}", "Pass `shown=self.verbose`.")
    for what, end in (("training", "1/1"), ("measuring", "2/2")):
        if end not in shown:
            return Unmet(f"with verbose=True no bar goes to {end} batches while {what}", "Loop over `self._batches`.")
    return None


# --- checks: blocks ---


@check(
    points=10,
    seconds=10,
    cases=BLOCKS,
    expect=[close("training", atol=1e-4), close("evaluating", atol=1e-4)],
    hint="relu before the first convolution; batch norm and relu between the two; nothing after the last.",
)
def block_forward(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """Each block gives the expected output, in training mode and then in evaluation mode."""
    block = _block(hw, case, seed)
    x = pattern(2, case["arguments"][0], 8, 8, seed=seed)
    return {"training": block(x.clone()), "evaluating": block.eval()(x.clone()), "layers": layers(block)}


@check(
    points=6,
    seconds=10,
    cases=KINDS,
    expect=[equal("shapes"), close("of_the_input", atol=1e-4), close("of_the_parameters", atol=1e-3)],
    hint=ORDER + " Every path of the block hands the gradient on: no detach, no no_grad.",
)
def block_gradients(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """The gradient reaches the input and every parameter of a block; these have the shapes and order of the handout."""
    block = _block(hw, case, seed)
    x = pattern(2, case["arguments"][0], 8, 8, seed=seed).requires_grad_()
    block(x.clone()).square().mean().backward()
    return {
        "shapes": [list(parameter.shape) for parameter in block.parameters()],
        "of_the_input": gradient(x),
        "of_the_parameters": [float(gradient(parameter).norm()) for parameter in block.parameters()],
    }


@check(
    points=2,
    seconds=10,
    cases=KINDS,
    expect=[close("input_afterwards", atol=0), close("out", atol=1e-4)],
    hint="An in-place relu on the input (relu_, inplace=True) writes into the tensor of the caller of the block.",
)
def block_leaves_its_input_alone(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """A block that gives the expected output in evaluation mode has not changed the tensor that it is given."""
    x = pattern(1, case["arguments"][0], 4, 4, seed=seed)
    return {"out": _block(hw, case, seed).eval()(x), "input_afterwards": x}


@check(
    points=3,
    seconds=10,
    expect=[close("of_zeros", atol=1e-6), close("of_halves", atol=1e-4)],
    hint="With zeros in its layers only the skip is left: the input itself, negative values included.",
)
def residual_block_of_zeros(hw: Any, seed: int) -> dict[str, Any]:
    """With all its parameters set to zero a ResBlock gives back its input, with all of them halved what they give."""
    block = _block(hw, {"block": "ResBlock", "arguments": [6]}, seed)
    x = pattern(2, 6, 5, 5, seed=seed)
    outs = {}
    for name, factor in (("of_halves", 0.5), ("of_zeros", 0.0)):
        with torch.no_grad():
            for parameter in block.parameters():
                parameter.mul_(factor)
        outs[name] = block(x.clone())
    return outs


# --- checks: the network ---


@check(
    points=10,
    seconds=10,
    cases=NETWORKS,
    expect=[close("training", atol=1e-4), close("evaluating", atol=1e-4)],
    hint="No activation between conv3 and the blocks, one after them; dropout just before the linear layer.",
)
def network_forward(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """Deep_CNN gives the expected scores, in training mode and then in evaluation mode."""
    net = _network(hw, case, seed)
    x = pattern(2, case["channels_in"], 32, 32, seed=seed)
    torch.manual_seed(seed)
    return {"training": net(x.clone()), "evaluating": net.eval()(x.clone()), "layers": layers(net)}


@check(
    points=3,
    seconds=10,
    expect=[
        *(equal(f"{name}_shapes") for name in NETWORKS),
        *(close(f"{name}_gradients", atol=1e-3) for name in NETWORKS),
    ],
    hint="Are there `num_blocks` different blocks between conv3 and the linear layer, and is nothing detached?",
)
def network_gradients(hw: Any, seed: int) -> dict[str, Any]:
    """The gradient reaches every parameter of Deep_CNN; these have the shapes and order of the handout."""
    values: dict[str, Any] = {}
    for name, case in NETWORKS.items():
        net = _network(hw, case, seed)
        torch.manual_seed(seed)
        F.cross_entropy(net(pattern(2, case["channels_in"], 32, 32, seed=seed)), torch.tensor([1, 7])).backward()
        values[f"{name}_shapes"] = [list(parameter.shape) for parameter in net.parameters()]
        values[f"{name}_gradients"] = [float(gradient(parameter).norm()) for parameter in net.parameters()]
    return values


@check(
    points=2,
    seconds=10,
    expect=[equal("counts")],
    hint="numel of every parameter: weights, biases and batch normalisation, trainable or not, but no buffers.",
)
def parameter_count(hw: Any, seed: int) -> dict[str, Any]:
    """count_parameters gives the number of parameters of given models."""
    wide, narrow = 11 + seed % 7, 2 + seed % 5
    frozen = nn.Sequential(nn.Conv2d(3, wide, 3), nn.BatchNorm2d(wide), nn.Linear(narrow, 7, bias=False))
    frozen[0].requires_grad_(False)
    shared = nn.Linear(wide, wide)
    models = [nn.ReLU(), nn.Linear(wide, narrow), frozen, nn.Sequential(shared, nn.Tanh(), shared)]
    return {"counts": [int(hw.network.count_parameters(model)) for model in models]}


@check(
    points=4,
    seconds=10,
    expect=[
        close("norms", atol=1e-5),
        close("norms_again", atol=1e-5),
        close("norms_in_evaluation_mode", atol=1e-5),
        equal("left_in"),
    ],
    hint="One number for each weight with two or more axes; gradients add up until they are cleared.",
)
def gradient_norms_of_a_given_model(hw: Any, seed: int) -> dict[str, Any]:
    """gradient_norms gives the norms of a given model's gradients in the mode it is in, and 0 for what is not used."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Tanh(), nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(8, CLASSES)
    )
    model[0].unused = nn.Linear(2, 3)
    images, labels = pattern(5, 2, 6, 6, seed=seed), torch.arange(5) % CLASSES
    values: dict[str, Any] = {"left_in": []}
    for name, training in (("norms", True), ("norms_again", True), ("norms_in_evaluation_mode", False)):
        norms = hw.network.gradient_norms(model.train(training), images, labels, tripled_loss)
        values[name] = [float(norm) for norm in norms]
        values["left_in"].append("training mode" if model.training else "evaluation mode")
    return values


@check(
    points=5,
    seconds=20,
    # `finite` also says that no value is compared with the saved one but for what the criterion says.
    expect=[*(finite(name) for name in NORMS), residual_keeps_gradients_alive],
    hint="Fix your blocks first.",
)
def gradients_of_deep_networks(hw: Any, seed: int) -> dict[str, Any]:
    """Through 20 ResBlocks a usable gradient reaches the first layer; through 20 ConvBlocks it does not."""
    x, labels = pattern(8, 3, 32, 32, seed=seed), torch.arange(8)
    norms = {}
    for name, block in (("plain", "ConvBlock"), ("residual", "ResBlock")):
        for mode in ("evaluating", "training"):
            net = _network(hw, {**DEEP, "block": block}, seed).train(mode == "training")
            torch.manual_seed(seed)
            F.cross_entropy(net(x.clone()), labels).backward()
            weights = [parameter for parameter in net.parameters() if parameter.dim() > 1]
            norms[f"{name}_{mode}"] = torch.stack([gradient(weight).norm() for weight in weights])
    return norms


# --- checks: the trainer ---


@check(points=1, seconds=10, expect=[every_split_is_right, close("next_random_number", atol=0)])
def splits_the_data(hw: Any) -> dict[str, Any]:
    """split_data cuts a set at random, always alike for one seed, and leaves torch's global generator alone."""
    samples = TensorDataset(torch.arange(57), torch.arange(57) % CLASSES)
    torch.manual_seed(SEED)
    train, val = hw.trainer.split_data(samples, 0.9, seed=3)
    following = torch.rand(1)
    again, other = (hw.trainer.split_data(samples, 0.9, seed=seed)[0] for seed in (3, 4))
    parts = {"train": train, "val": val, "train_again": again, "train_of_another_seed": other}
    numbers = {name: [int(x) for x, _ in DataLoader(part)] for name, part in parts.items()}
    return {**numbers, "next_random_number": following}


@check(
    points=6,
    seconds=10,
    expect=[
        close("losses", atol=1e-4),
        close("weights", atol=1e-4),
        close("gradients", atol=1e-3),
        equal("settings"),
        equal("generators_used"),
    ],
    hint="For each batch: forward, loss, zero_grad, backward, step, with Adam at the given rate; nothing else.",
)
def trains_a_given_model(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """Eight epochs, each of one full batch, take a given model to the expected weights, with the expected losses."""
    model = small_model(seed=seed)
    with loaders_recorded(), generators_watched() as used, steps_recorded() as (gradients, settings):
        trainer = _trainer(
            hw,
            model,
            device,
            loss_fun=tripled_loss,
            batch_size=SAMPLES,
            learning_rate=0.02,
            sets=_elsewhere(_sets(seed=seed)),
        )
        for _ in range(8):
            trainer.train_model()
    return {
        "losses": [float(loss) for loss in trainer.train_loss_logger],
        "weights": state_of(trainer.model),
        "gradients": gradients,
        "settings": settings,
        "generators_used": used,
    }


@check(
    points=3,
    seconds=10,
    expect=[notes_what_it_saw, same_seed_same_order, close("logged_losses", atol=ROUGHLY)],
    hint="One call of train_model takes one step for each batch of train_loader, and notes each loss.",
)
def goes_through_the_data(hw: Any, seed: int) -> dict[str, Any]:
    """Every epoch shows every sample once, in an order that only the seed decides; each batch's loss is noted."""
    runs = {}
    for name, own_seed in (("samples_trained_on", 1), ("same_seed", 1), ("another_seed", 2)):
        torch.manual_seed(seed)
        # All samples look alike to this model, so that their order makes no difference to the losses.
        alike = nn.Sequential(WithoutNumber(), nn.Linear(FEATURES - 1, 5), nn.Tanh(), nn.Linear(5, CLASSES))
        torch.manual_seed(len(runs))  # what else draws random numbers must not matter
        model, loss_fun = Recorder(alike), RecordingLoss()
        options = {"loss_fun": loss_fun, "learning_rate": 0.05, "seed": own_seed}
        trainer = _trainer(hw, model, "cpu", sets=_sets(alike=True, seed=seed), **options)
        for _ in range(3):
            trainer.train_model()
        runs[name] = (model, loss_fun, trainer)
    model, loss_fun, trainer = runs["samples_trained_on"]
    return {
        **{name: run[0].samples for name, run in runs.items()},
        "batch_sizes": model.batch_sizes,
        "computed_losses": loss_fun.values,
        "logged_losses": [float(loss) for loss in trainer.train_loss_logger],
        "graphs_kept": sum(isinstance(loss, Tensor) and loss.requires_grad for loss in trainer.train_loss_logger),
    }


@check(
    points=5,
    seconds=10,
    expect=[
        close("accuracies", atol=1e-6),
        close("train_acc_logger", atol=1e-6),
        close("val_acc_logger", atol=1e-6),
        equal("measured_in"),
        equal("batch_sizes"),
        equal("samples_measured"),
    ],
    hint="Correct samples over all samples of the set, as a fraction, in evaluation mode; test results are not logged.",
)
def evaluates(hw: Any, device: torch.device, seed: int) -> dict[str, Any]:
    """evaluate_model gives the share of correct samples of each set, and logs those of training and validation."""
    recorder = Recorder(small_model(dropout=True, seed=seed))
    with loaders_recorded():  # workers could not send what is elsewhere
        trainer = _trainer(hw, recorder, device, sets=_elsewhere(_sets(told_by=recorder.model, seed=seed)))
        accuracies = [float(trainer.evaluate_model(name)) for name in ("train", "val", "test", "train")]
    return {
        "accuracies": accuracies,
        "measured_in": sorted(recorder.called_in),
        "batch_sizes": recorder.batch_sizes,
        "samples_measured": recorder.measured,
        "train_acc_logger": [float(value) for value in trainer.train_acc_logger],
        "val_acc_logger": [float(value) for value in trainer.val_acc_logger],
    }


@check(points=3, seconds=10, expect=[evaluating_changes_nothing, close("losses_without", atol=ROUGHLY)])
def evaluating_leaves_no_trace(hw: Any, seed: int) -> dict[str, Any]:
    """Whether a run evaluates between its epochs or not, the training is the same."""
    values: dict[str, Any] = {}
    for name in ("without", "with"):
        model = Recorder(small_model(dropout=True, seed=seed))
        trainer = _trainer(hw, model, "cpu", batch_size=SAMPLES, learning_rate=0.1, sets=_sets(seed=seed))
        torch.manual_seed(seed)
        for _ in range(3):
            trainer.train_model()
            for which in ("train", "val", "test") if name == "with" else ():
                trainer.evaluate_model(which)
        values[f"samples_{name}"] = model.samples
        values[f"losses_{name}"] = [float(loss) for loss in trainer.train_loss_logger]
        values[f"weights_{name}"] = state_of(model)
    return values


@check(
    points=3,
    seconds=10,
    expect=[equal("epochs_trained"), equal("epochs_saved"), close("accuracies_saved", atol=0), equal("evaluated")],
    hint="From start_epoch to num_epochs - 1; measure both sets after each epoch; save only what beats the best.",
)
def fit_keeps_the_best(hw: Any, seed: int) -> dict[str, Any]:
    """fit trains the epochs that are left and saves after each one that is better than the best so far."""
    drawn = random.Random(seed)
    # The best comes twice, so that what is only as good is seen not to be saved.
    fresh = ScriptedTrainer(drawn.sample([0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.75], 7))
    start = drawn.randint(1, 4)
    resumed = ScriptedTrainer(drawn.sample([0.125, 0.25, 0.5, 0.5, 0.625, 0.75, 0.875], 7), start, best_valid_acc=0.5)
    done = ScriptedTrainer([0.0, 1.0, 0.0], start_epoch=2, best_valid_acc=0.5)
    trainers = [fresh, resumed, done]
    for trainer, num_epochs in zip(trainers, (7, drawn.randint(start + 1, 7), 2), strict=True):
        hw.trainer.fit(trainer, num_epochs)
    return {
        "epochs_trained": [trainer.trained for trainer in trainers],
        "epochs_saved": [epoch for trainer in trainers for epoch, _ in trainer.saved],
        "accuracies_saved": [acc for trainer in trainers for _, acc in trainer.saved],
        "evaluated": [sorted(trainer.evaluated) for trainer in trainers],
    }


# --- checks: checkpoints ---


@check(
    points=3,
    seconds=10,
    expect=[equal("files"), equal("trouble"), equal("epoch"), close("best", atol=0), close("weights", atol=1e-3)],
    hint="torch.save of one dict: state_dicts, numbers, lists, tensors; no whole model or optimizer.",
)
def writes_a_checkpoint(hw: Any, seed: int) -> dict[str, Any]:
    """save_checkpoint writes `<model_name>.pt`, which loads as plain data and holds model, epoch and accuracy."""
    removed("made")
    trainer, _ = trained_once(hw, seed, save_dir="made/here")
    trainer.save_checkpoint(4, 0.625)
    trainer.train_model()  # what has been written must not change any more
    files = sorted(path.as_posix() for path in Path("made").rglob("*") if path.is_file())
    saved, trouble = {}, ""
    try:
        saved = torch.load("made/here/net.pt", weights_only=True)
    except Exception as error:
        trouble = f"{type(error).__name__}: {error}"[:200]
    weights = saved.get("model", {})
    return {
        "files": files,
        "trouble": trouble,
        "epoch": saved.get("epoch"),
        "best": [float(saved.get("best_valid_acc", 0)), float(trainer.best_valid_acc)],
        "weights": torch.cat([value.double().flatten().float() for value in weights.values()] or [torch.zeros(0)]),
    }


@check(
    points=7,
    seconds=10,
    expect=[resumes_exactly, close("losses_uninterrupted", atol=ROUGHLY)],
    hint="What does the next epoch depend on? Save all of it.",
)
def resumes_where_it_stopped(hw: Any, seed: int) -> dict[str, Any]:
    """A run that is resumed from a checkpoint continues exactly as the uninterrupted run did, shuffling included."""
    removed("saved")
    sets = _sets(seed=seed)
    model = Recorder(small_model(dropout=True, seed=seed))
    options = {"batch_size": SAMPLES, "learning_rate": 0.1, "seed": 5, "sets": sets}
    trainer = _trainer(hw, model, "cpu", **options)
    torch.manual_seed(seed)
    go_on(trainer, 2)
    trainer.save_checkpoint(1, 0.375)
    seen_before, at_the_checkpoint = len(model.samples), state_of(model)
    go_on(trainer, 2)
    torch.manual_seed(seed + 1)  # another process would be in another state
    other = Recorder(small_model(dropout=True, seed=seed + 2))
    resumed = _trainer(hw, other, "cpu", start_from_checkpoint=True, **options)
    values: dict[str, Any] = {
        "start_epoch": resumed.start_epoch,
        "best_valid_acc": float(resumed.best_valid_acc),
        "weights_at_the_checkpoint": at_the_checkpoint,
        "weights_loaded": state_of(other),
    }
    go_on(resumed, 2)
    values |= {"samples_uninterrupted": model.samples[seen_before:], "samples_resumed": other.samples}
    for name, run in (("uninterrupted", trainer), ("resumed", resumed)):
        values[f"losses_{name}"] = [float(loss) for loss in run.train_loss_logger]
        values[f"weights_{name}"] = state_of(run.model)
        values[f"accuracies_{name}"] = [float(value) for value in (*run.train_acc_logger, *run.val_acc_logger)]
    return values


@check(
    points=2,
    seconds=10,
    expect=[
        raises("errors", "ValueError"),
        mentions("message", "vall", "train", "val", "test"),
        close("accuracies", atol=1e-6),
        close("logged", atol=1e-6),
    ],
    hint="ValueError with a message that quotes the name and lists the three; nothing is logged.",
)
def refuses_an_unknown_set(hw: Any, seed: int) -> dict[str, Any]:
    """evaluate_model raises a clear ValueError for a set that does not exist, and measures those that do as before."""
    model = small_model(seed=seed)
    trainer = _trainer(hw, model, "cpu", sets=_sets(told_by=model, seed=seed))
    accuracies = [float(trainer.evaluate_model(name)) for name in ("train", "val")]
    errors, message = raised(lambda: trainer.evaluate_model("vall"))
    accuracies += [float(trainer.evaluate_model(name)) for name in ("val", "test")]
    logged = [float(value) for value in (*trainer.train_acc_logger, *trainer.val_acc_logger)]
    return {"errors": errors, "message": message, "accuracies": accuracies, "logged": logged}


@check(
    points=2,
    seconds=10,
    expect=[
        raises("errors", "FileNotFoundError"),
        mentions("message", "nowhere", "lost.pt"),
        steps_as_expected("first_step"),
    ],
    hint="Starting from a checkpoint that does not exist is an error, not a fresh start; name the file.",
)
def refuses_a_missing_checkpoint(hw: Any, seed: int) -> dict[str, Any]:
    """To start from a checkpoint that does not exist is a clear FileNotFoundError; a fresh start is still possible."""
    place = {"save_dir": "nowhere", "model_name": "lost"}
    errors, message = raised(lambda: _trainer(hw, small_model(), "cpu", start_from_checkpoint=True, **place))
    return {"errors": errors, "message": message, "first_step": trained_once(hw, seed, **place)[1]}


@check(
    points=2,
    seconds=10,
    expect=[
        raises("errors", "FileExistsError"),
        mentions("message", "net.pt"),
        equal("epoch_in_the_file"),
        steps_as_expected("first_step"),
    ],
    hint="Without start_from_checkpoint, an existing checkpoint is not to be lost: refuse in the constructor.",
)
def refuses_to_write_over_a_checkpoint(hw: Any, seed: int) -> dict[str, Any]:
    """A new run refuses to start where it would overwrite a checkpoint, and leaves that as it is."""
    removed("saved")
    trainer, _ = trained_once(hw, seed)
    trainer.save_checkpoint(7, 0.5)
    errors, message = raised(lambda: _trainer(hw, small_model(), "cpu"))
    saved = torch.load("saved/net.pt", weights_only=False)
    kept = small_model(seed=seed)
    kept.load_state_dict(saved["model"])
    return {
        "errors": errors,
        "message": message,
        "epoch_in_the_file": saved["epoch"],
        "first_step": first_step(small_model(seed=seed), kept),
    }


@check(
    points=2,
    seconds=10,
    expect=[equal("start_epochs"), equal("batches_trained"), steps_as_expected("first_steps")],
    hint="Refuse only where the very file exists that this run would write.",
)
def starts_where_nothing_can_be_lost(hw: Any, seed: int) -> dict[str, Any]:
    """A folder that is new, empty, or full of other models' checkpoints is not a reason to refuse."""
    removed("new", "empty", "others")
    Path("empty").mkdir()
    _trainer(hw, small_model(), "cpu", save_dir="others", model_name="net_2").save_checkpoint(3, 0.5)
    Path("others/net.txt").write_text("notes", encoding="utf-8")
    runs = [trained_once(hw, seed, save_dir=folder) for folder in ("new/and/deep", "empty", "others")]
    for trainer, _ in runs:
        trainer.save_checkpoint(0, 0.25)
    return {
        "start_epochs": [int(trainer.start_epoch) for trainer, _ in runs],
        "batches_trained": [len(trainer.train_loss_logger) for trainer, _ in runs],
        "first_steps": torch.stack([step for _, step in runs]),
    }


@check(
    points=1,
    seconds=10,
    expect=[equal("workers"), steps_as_expected("first_step")],
    hint="Every loader gets num_workers from the trainer's argument; none is fixed.",
)
def takes_a_number_of_workers(hw: Any, seed: int) -> dict[str, Any]:
    """All loaders get as many workers as the trainer is told, by default none, and training works with them."""
    found = []
    for options in ({}, {"num_workers": 2}):
        with loaders_recorded() as workers:
            trainer, step = trained_once(hw, seed, **options)
            trainer.evaluate_model("val")
        found.append(sorted(set(workers)))
    return {"workers": found, "first_step": step}


@check(points=1, seconds=10, expect=[bars_come_and_go, steps_as_expected("first_step")])
def shows_progress(hw: Any, seed: int) -> dict[str, Any]:
    """Training and measuring show a progress bar, unless told to be silent."""
    texts: dict[str, Any] = {}
    for name, verbose in (("shown", True), ("silent", False)):
        stream = io.StringIO()
        with contextlib.redirect_stderr(stream), contextlib.redirect_stdout(stream):
            trainer, texts["first_step"] = trained_once(hw, seed, verbose=verbose)
            trainer.evaluate_model("val")
        texts[name] = stream.getvalue()[:2000]
    return texts


# --- checks: all together ---


@check(
    points=2,
    seconds=60,
    data="small_images",
    withhold=["held_labels"],
    expect=[
        finite("residual_scores"),
        finite("plain_scores"),
        residual_learns_what_plain_does_not,
        close("scores_before", atol=1e-3),
    ],
)
def skips_make_depth_trainable(hw: Any, data: dict[str, Tensor]) -> dict[str, Any]:
    """In 5 epochs your trainer teaches 20 ResBlocks to tell ten kinds of pictures apart, and 20 ConvBlocks nothing."""
    images, held = ((data[name].float() - 128) / 64 for name in ("images", "held_images"))
    train = TensorDataset(images, data["labels"])
    scores = {}
    for name, block in (("plain", "ConvBlock"), ("residual", "ResBlock")):
        net = _network(hw, {**DEEP, "block": block})
        with torch.no_grad():
            scores["scores_before"] = net.eval()(held[:5])  # at last the residual network's
        options = {"batch_size": 10, "learning_rate": 5e-3, "model_name": name}
        trainer = _trainer(hw, net, "cpu", sets=(train, train, train), **options)
        for _ in range(5):
            trainer.train_model()
        with torch.no_grad():
            scores[f"{name}_scores"] = net.eval()(held)
    return scores


@check(
    points=0,
    seconds=10,
    expect=[answered(name, template=ANSWER_TEMPLATE) for name in QUESTIONS],
)
def written_answers(hw: Any) -> dict[str, Any]:
    """The questions have answers, which are graded by hand."""
    return {name: getattr(hw.answers, name) for name in QUESTIONS}


# --- what the probes share ---


class Recorder(nn.Module):
    """A model that notes how it is called, and with which samples: the first feature of sample i is i / 10."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.samples: list[int] = []
        self.measured: list[int] = []
        self.batch_sizes: list[int] = []
        self.called_in: set[str] = set()

    def forward(self, x: Tensor) -> Tensor:
        """Scores, (N, C)."""
        mode = "training" if self.training else "evaluation"
        self.called_in.add(f"{mode} mode, {'building a graph' if torch.is_grad_enabled() else 'without a graph'}")
        self.batch_sizes.append(len(x))
        numbers = self.samples if self.training and torch.is_grad_enabled() else self.measured
        numbers += [round(10 * number) for number in x[:, 0].tolist()]
        scores: Tensor = self.model(x)
        return scores


class WithoutNumber(nn.Module):
    """Leaves out the first feature, which tells samples apart."""

    def forward(self, x: Tensor) -> Tensor:
        """All other features, (N, FEATURES - 1)."""
        return x[:, 1:]


class DropoutForAll(nn.Module):
    """Dropout with one mask for a whole batch, so that the order of its samples makes no difference."""

    def forward(self, x: Tensor) -> Tensor:
        """Half of the features in training mode, doubled."""
        return x * F.dropout(torch.ones_like(x[0]), 0.5, self.training)


class RecordingLoss(nn.Module):
    """Cross entropy that writes down its values."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[float] = []

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        """The mean loss."""
        loss = F.cross_entropy(scores, labels)
        self.values.append(loss.item())
        return loss


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


def tripled_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Three times the mean cross entropy: like no loss of torch."""
    return 3 * F.cross_entropy(scores, labels)


@contextlib.contextmanager
def steps_recorded() -> Iterator[tuple[list[float], list[str]]]:
    """While it lasts: the norm of all gradients of each optimizer step, and the settings of the first one."""
    norms: list[float] = []
    settings: list[str] = []

    def note(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        norms.append(math.hypot(*(float(weight.grad.norm()) for weight in weights if weight.grad is not None)))
        if not settings:
            settings.append("Adam" if isinstance(optimizer, torch.optim.Adam) else "another kind of optimizer")
            for group in optimizer.param_groups:
                for name in ("lr", "eps", "weight_decay", "amsgrad", "maximize"):
                    settings.append(f"{name}: {float(group.get(name, 0)):.6g}")
                settings.append(f"betas: {', '.join(f'{float(beta):.6g}' for beta in group.get('betas', ()))}")

    hook = register_optimizer_step_post_hook(note)  # before it, a step with a closure has no gradients yet
    try:
        yield norms, settings
    finally:
        hook.remove()


@contextlib.contextmanager
def generators_watched() -> Iterator[list[str]]:
    """At its end the list has the names of the global generators that have been used or seeded."""
    used: list[str] = []
    before = torch.get_rng_state(), repr(np.random.get_state()), random.getstate()
    yield used
    after = torch.get_rng_state(), repr(np.random.get_state()), random.getstate()
    same = torch.equal(before[0], after[0]), before[1] == after[1], before[2] == after[2]
    used += [name for name, kept in zip(("torch", "numpy", "random"), same, strict=True) if not kept]


class ScriptedTrainer:
    """What `fit` needs of a trainer, with accuracies known beforehand: one for each epoch."""

    def __init__(self, accuracies: list[float], start_epoch: int = 0, best_valid_acc: float = 0.0) -> None:
        self.accuracies = accuracies
        self.start_epoch = start_epoch
        self.best_valid_acc = best_valid_acc
        self.verbose = False
        self.train_loss_logger: list[float] = []
        self.train_acc_logger: list[float] = []
        self.val_acc_logger: list[float] = []
        self.trained = 0
        self.evaluated: list[str] = []
        self.saved: list[tuple[int, float]] = []

    def train_model(self) -> None:
        """Count an epoch."""
        self.trained += 1

    def evaluate_model(self, train_test_val: str) -> float:
        """The scripted accuracy of the epoch that was trained last; 1 on the training set."""
        self.evaluated.append(f"{train_test_val} after {self.trained} epochs")
        accuracy = self.accuracies[self.start_epoch + self.trained - 1] if train_test_val == "val" else 1.0
        loggers = {"train": self.train_acc_logger, "val": self.val_acc_logger}
        loggers.get(train_test_val, []).append(accuracy)
        return accuracy

    def save_checkpoint(self, epoch: int, valid_acc: float) -> None:
        """Note what would be saved."""
        self.best_valid_acc = valid_acc
        self.saved.append((int(epoch), float(valid_acc)))


def go_on(trainer: Any, epochs: int) -> None:
    """Train and measure for so many epochs."""
    for _ in range(epochs):
        trainer.train_model()
        trainer.evaluate_model("train")
        trainer.evaluate_model("val")


def trained_once(hw: Any, seed: int, **options: Any) -> tuple[Any, Tensor]:
    """A trainer after one step with all samples, and the directions in which that has moved its model's weights."""
    model = small_model(seed=seed)
    settings = {"batch_size": SAMPLES, "learning_rate": 0.02, "sets": _sets(seed=seed), **options}
    trainer = _trainer(hw, model, "cpu", **settings)
    trainer.train_model()
    return trainer, first_step(small_model(seed=seed), trainer.model)


def removed(*folders: str) -> None:
    """Nothing is left of folders that the probe has made under another seed."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def first_step(before: nn.Module, after: nn.Module) -> Tensor:
    """Which parameters have grown (1) and which have shrunk (-1), int8: that hardly depends on how large a step was."""
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    return torch.cat([(new.detach() - old.detach()).sign().flatten() for old, new in pairs]).to(torch.int8)


def gradient(weight: Tensor) -> Tensor:
    """The gradient that a tensor has received, zeros where it has none."""
    return torch.zeros_like(weight) if weight.grad is None else weight.grad


def small_model(*, dropout: bool = False, seed: int = SEED) -> nn.Module:
    """Six features to four classes, with batch normalisation, and dropout if wanted; the seed's weights."""
    torch.manual_seed(seed)
    middle = [nn.BatchNorm1d(8), nn.Tanh(), *([DropoutForAll()] if dropout else [])]
    # No bias before batch norm: its gradient is rounding error only, of which Adam would make full steps.
    return nn.Sequential(nn.Linear(FEATURES, 8, bias=False), *middle, nn.Linear(8, CLASSES))


def state_of(model: nn.Module) -> Tensor:
    """Every parameter and buffer of a model, as one row of numbers."""
    return torch.cat([value.detach().cpu().float().flatten() for value in model.state_dict().values()])


def pattern(*shape: int, seed: int = SEED) -> Tensor:
    """Values in [-2, 2] that repeat nowhere and need no random numbers, float32; others for another seed."""
    places = torch.arange(math.prod(shape), dtype=torch.float64) + seed % 9973
    return (2 * (1.7 * places).sin()).reshape(shape).float()


def raised(call: Callable[[], object]) -> tuple[list[str], str]:
    """The classes of the error that a call raises, the nearest first, and what it says; nothing where it raises none.

    What is not written yet is not caught.
    """
    try:
        call()
    except NotImplementedError:
        raise
    except Exception as error:
        return [kind.__name__ for kind in type(error).__mro__][:6], str(error)[:500]
    return [], ""


@contextlib.contextmanager
def loaders_recorded() -> Iterator[list[int]]:
    """While it lasts, the number of workers of every new DataLoader is written down."""
    original, workers = DataLoader.__init__, []

    def recording(self: Any, dataset: Any, *given: Any, **named: Any) -> None:
        # Only written down, never started: a process takes longer than the whole check.
        named = (
            dict(zip(("batch_size", "shuffle", "sampler", "batch_sampler", "num_workers"), given, strict=False)) | named
        )
        workers.append(int(named.get("num_workers", 0)))
        started = ("num_workers", "prefetch_factor", "persistent_workers", "multiprocessing_context", "timeout")
        original(self, dataset, **{name: value for name, value in named.items() if name not in started})

    DataLoader.__init__ = recording  # type: ignore[method-assign]
    try:
        yield workers
    finally:
        DataLoader.__init__ = original  # type: ignore[method-assign]


def _block(hw: Any, case: Case, seed: int = SEED) -> nn.Module:
    torch.manual_seed(seed)
    block: nn.Module = getattr(hw.blocks, case["block"])(*case["arguments"])
    return block


def _network(hw: Any, case: Case, seed: int = SEED) -> nn.Module:
    torch.manual_seed(seed)
    block = getattr(hw.blocks, case["block"])
    net: nn.Module = hw.network.Deep_CNN(case["channels_in"], case["num_blocks"], case["ch_width"], block)
    return net


def _sets(
    *, told_by: nn.Module | None = None, alike: bool = False, seed: int = SEED
) -> tuple[TensorDataset, TensorDataset, TensorDataset]:
    """Sets to train, test and validate on, of 10, 7 and 11 samples.

    In batches of 4 the last one is smaller: an accuracy averaged over batches is not that over samples. Labels are
    signs of two features, or what a model says about blurred samples. With `alike`, only the first feature differs.
    """
    sets = []
    for size, shift in ((SAMPLES, 0), (7, 50), (11, 100)):
        x = pattern(SAMPLES + 110, FEATURES, seed=seed)[shift : shift + size].clone()
        labels = 2 * (x[:, 1] > 0) + (x[:, 2] > 0)
        if alike:
            x[:], labels[:] = x[0].clone(), labels[0].clone()
        x[:, 0] = (torch.arange(size) + shift) / 10
        if told_by is not None:
            with torch.no_grad():
                labels = (told_by.eval()(x) + pattern(size, CLASSES, seed=seed + shift) / 4).argmax(1)
            told_by.train()
        sets.append(TensorDataset(x, labels))
    return sets[0], sets[1], sets[2]


def _elsewhere(sets: Sequence[TensorDataset]) -> list[TensorDataset]:
    """The sets with samples that must be moved to the device first."""
    return [TensorDataset(*(column.as_subclass(Elsewhere) for column in one.tensors)) for one in sets]


def _trainer(hw: Any, model: nn.Module, device: Any, *, sets: Any = None, **options: Any) -> Any:
    """The student's trainer, with data and settings for a few samples."""
    settings = {
        "loss_fun": nn.CrossEntropyLoss(), "batch_size": 4, "learning_rate": 0.01, "save_dir": "saved",
        "model_name": "net", "verbose": False, **options,
    }  # fmt: skip
    trainer = hw.trainer.ModelTrainer(model, device, **settings)
    train, test, val = sets or _sets()
    trainer.set_data(train_set=train, test_set=test, val_set=val)
    return trainer


def _numbers(value: Any) -> Tensor | None:
    """A list of finite or infinite numbers, or a tensor, as a row of float64; None for anything else."""
    if isinstance(value, Tensor):
        return None if value.is_complex() else value.double().flatten()
    if isinstance(value, list) and all(type(each) in (int, float) and abs(each) < 2**53 for each in value):
        return torch.tensor(value, dtype=torch.float64)
    return None


def _epochs_of(samples: Any, *, epochs: int) -> list[Tensor] | None:
    """The samples of each epoch in order; None unless every epoch has each sample once."""
    numbers = _numbers(samples)
    if numbers is None or len(numbers) != epochs * SAMPLES:
        return None
    parts = list(numbers.split(SAMPLES))
    every = torch.arange(SAMPLES, dtype=torch.float64)
    return parts if all(torch.equal(part.sort().values, every) for part in parts) else None
