"""The public checks of `vanishing_gradients`.

Initial weights are judged by their distribution alone, over many models, so that it does not matter in which order a
notebook draws them. For everything else the probe puts weights of its own into the student's model, or sends the
model's weights along with what it computes.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from grader import Unmet, check, close, equal, layers, normal, uniform

Values = Mapping[str, Any]
Given = Mapping[str, Tensor]
Case = dict[str, Any]
Builder = Callable[..., nn.Module]

SEED = 42
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "softplus": nn.Softplus,
    "leaky_relu": lambda: nn.LeakyReLU(0.3),
}  # fmt: skip
SMALL = (2, 2, 2, 2, 2)
NAMES = [f"layer_{number}" for number in (1, 2, 3, 4)]
# How often one layer of a right solution may fail. About twenty layers are tested for each student, and with samples as
# large as these a deviation that is off by the root of 2 is still found every time.
RARE = 1e-9
# 2,000 values or more for each layer: with fewer, it would not be.
POOLS: dict[str, Case] = {
    "narrow": {"widths": SMALL, "models": 600},
    "wide": {"widths": (20, 60, 30, 80, 25), "models": 2},
}
GLOROT_WIDTHS, GLOROT_MODELS = (15, 60, 20, 80, 25), 8
LAST = "The name's last value counts: does a later cell use it for something else? Run all cells from the top."
PRODUCT = "`c` is the matrix product of `A` and `b` (`@`, not `*`) plus the column `d`, and keeps the shape (3, 1)."
STACK = "Linear, activation, Linear, activation, ..., Linear: each activation once between two layers, none at the end."
ORDER = "One `nn.Linear` with bias for each two neighbours in `widths`, from input to output. Plain lists hide layers."


# --- criteria of this assignment ---


def three_seven_and_their_product(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """`x`, `y` and `z` are tensors of one number: 3, 7 and 21. Whole or floating-point, both will do."""
    for name, wanted in (("x", 3), ("y", 7), ("z", 21)):
        value = seen[name]
        if not isinstance(value, Tensor):
            return Unmet(f"`{name}` is not a tensor", f"Make it one with `torch.tensor`. {LAST}")
        if value.numel() != 1:
            return Unmet(f"`{name}` has shape {tuple(value.shape)}, expected a tensor of one number", LAST)
        if float(value) != wanted:
            return Unmet(f"`{name}` is {float(value):g}, expected {wanted}", LAST)
    return None


def matrix_and_column(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """`A` (3, 3) and `b` (3, 1) hold floating-point numbers from [-1, 1] that are not all the same."""
    for name in ("A", "b"):
        value = seen[name]
        if unmet := _not_floating(name, value, expected[name].shape):
            return unmet
        if not bool((value.abs() <= 1).all()):
            worst = float(value.flatten()[value.abs().flatten().argmax()])
            return Unmet(f"`{name}` holds {worst:.4g}, which is outside [-1, 1]", "Use `uniform_tensor`.")
        if bool((value == value.flatten()[0]).all()):
            return Unmet(f"all values of `{name}` are the same", "Draw every value by itself: use `uniform_tensor`.")
    return None


def numpy_column(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """`d` is a NumPy array of shape (3, 1) with the values 1, 2, 3."""
    if seen["d_is_a"] != "ndarray":
        return Unmet(f"`d` is a {str(seen['d_is_a'])[:40]}, expected a NumPy array", "Make it with `np.array`.")
    if not isinstance(seen["d"], Tensor) or seen["d"].is_complex():
        return Unmet("`d` does not hold numbers")
    return close("d", atol=1e-9)({"d": seen["d"].double()}, {"d": expected["d"].double()}, {})


def product_plus_column(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """`c` is A b + d, worked out from the notebook's own `A`, `b` and `d`."""
    for name in ("A", "b", "c"):
        if unmet := _not_floating(name, seen[name], expected[name].shape, hint=PRODUCT if name == "c" else LAST):
            return unmet
    if not isinstance(seen["d"], Tensor) or seen["d"].shape != expected["d"].shape or seen["d"].is_complex():
        return Unmet("`d` does not hold three numbers in a column")
    wanted = seen["A"].double() @ seen["b"].double() + seen["d"].double()
    return close("c", atol=1e-5)({"c": seen["c"].double()}, {"c": wanted}, {})


def draws_differ(*names: str) -> Callable[[Values, Values, Given], Unmet | None]:
    """Nearly all values of each tensor are different: neither tensors nor models repeat each other."""

    def no_repeats(seen: Values, expected: Values, given: Given) -> Unmet | None:
        for name in names:
            if name not in seen:
                return Unmet(f"`{name}` is missing: the model has too few weight matrices", ORDER)
            value = seen[name]
            if not isinstance(value, Tensor) or value.shape != expected[name].shape:
                continue  # the criterion of the distribution says so
            if (different := len(value.unique())) < 0.9 * value.numel():
                return Unmet(
                    f"`{name}`: only {different:,} of {value.numel():,} values are different",
                    "Every call has to draw new values: is a generator seeded inside your function, or a layer reused?",
                )
        return None

    return no_repeats


def all_zero(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """There are as many `biases` as expected, and each is exactly 0."""
    biases = seen["biases"]
    if not isinstance(biases, Tensor) or biases.shape != expected["biases"].shape:
        count = biases.numel() if isinstance(biases, Tensor) else "no"
        return Unmet(f"there are {count} biases in all, expected {expected['biases'].numel()}", ORDER)
    wrong = biases[biases != 0]
    if len(wrong):
        return Unmet(
            f"{len(wrong)} of {len(biases)} biases do not start at 0; the first of these is {float(wrong[0]):.4g}",
            "PyTorch draws biases, too: use `nn.init.zeros_` for the bias of every layer.",
        )
    return None


def gradients_fit_the_weights(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """Output and gradients are those of a network of these weights with the activation between its layers.

    The network is built and differentiated here, from the weights that the student's model started with.
    """
    parameters = []
    count = sum(name.startswith("parameter_") for name in expected)
    if sum(name.startswith("parameter_") for name in seen) != count:
        return Unmet(f"the model does not have the expected {count} weight matrices and biases", ORDER)
    for name in (f"parameter_{number}" for number in range(1, count + 1)):
        if unmet := _not_floating(name, seen[name], expected[name].shape, hint=ORDER):
            return unmet
        parameters.append(seen[name].double().requires_grad_())
    out = forward(parameters, ACTIVATIONS[expected["activation"]](), inputs(20, parameters[0].shape[1]).double())
    if unmet := close("outputs", atol=1e-4, rtol=1e-4)(_double(seen, "outputs"), {"outputs": out.detach()}, {}):
        return unmet
    wanted = torch.autograd.grad(distance_from_targets(out), parameters)
    for number, gradient in enumerate(wanted, start=1):
        name = f"gradient_{number}"
        if unmet := close(name, atol=1e-5, rtol=1e-3)(_double(seen, name), {name: gradient}, {}):
            return unmet
    return None


def _not_floating(name: str, value: Any, shape: Sequence[int], *, hint: str = LAST) -> Unmet | None:
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return Unmet(f"`{name}` is not a tensor of floating-point numbers", hint)
    if value.shape != shape:
        return Unmet(f"`{name}` has shape {tuple(value.shape)}, expected {tuple(shape)}", hint)
    if not bool(value.isfinite().all()):
        return Unmet(f"`{name}` has values that are not finite")
    return None


def _double(seen: Values, name: str) -> Values:
    value = seen.get(name)
    return {name: value.double() if isinstance(value, Tensor) else value}


# --- 1.1: tensors ---


@check(points=1, seconds=5, expect=[three_seven_and_their_product], hint=LAST)
def two_numbers(hw: Any) -> dict[str, Any]:
    """`x` and `y` are tensors with the values 3 and 7, and `z` is their product."""
    return {"x": hw.x, "y": hw.y, "z": hw.z}


@check(points=2, seconds=5, expect=[draws_differ("values"), uniform("values", low=-1, high=1, false_alarm=RARE)])
def uniform_values(hw: Any) -> dict[str, Any]:
    """`uniform_tensor` gives new independent draws from U(-1, 1) at every call, in the shape that is asked for."""
    torch.manual_seed(SEED)
    return {"values": torch.stack([hw.uniform_tensor(20, 10, 5) for _ in range(4)])}


@check(points=2, seconds=5, expect=[matrix_and_column, numpy_column], hint=LAST)
def matrix_and_columns(hw: Any) -> dict[str, Any]:
    """`A` is a 3 x 3 matrix and `b` a column with values from [-1, 1]; `d` is the NumPy column 1, 2, 3."""
    return {"A": hw.A, "b": hw.b, "d": torch.as_tensor(hw.d), "d_is_a": type(hw.d).__name__}


@check(
    points=1,
    seconds=5,
    expect=[product_plus_column],
    hint=PRODUCT,
)
def product_and_sum(hw: Any) -> dict[str, Any]:
    """`c` is the column A b + d."""
    return {"A": hw.A, "b": hw.b, "c": hw.c, "d": torch.as_tensor(hw.d)}


# --- 1.2 and 1.3: sigmoid and autograd ---


@check(
    points=3,
    seconds=5,
    cases={
        "column": {"values": [-6.0, -2.5, -1.0, -0.1, 0.0, 0.3, 1.0, 4.0], "shape": (8, 1)},
        "matrix": {"values": [-3.0, 0.5, 2.0, 0.25, -0.75, 7.0], "shape": (2, 3)},
        "far_out": {"values": [-1000.0, -40.0, 40.0, 1000.0], "shape": (4,)},
    },
    expect=[close("activations", atol=1e-12)],
    hint="1 / (1 + exp(-x)) for every element; far out it is 0 or 1 and never NaN.",
)
def sigmoid(hw: Any, case: Case) -> dict[str, Any]:
    """`my_sigmoid` gives the sigmoid of every element, in float64."""
    x = torch.tensor(case["values"], dtype=torch.float64).reshape(case["shape"])
    return {"activations": hw.my_sigmoid(x)}


@check(
    points=2,
    seconds=5,
    expect=[close("gradient", atol=1e-12)],
    hint="The argument is the activation a, not x: the sigmoid has been applied already.",
)
def sigmoid_gradient(hw: Any) -> dict[str, Any]:
    """`my_sigmoid_grad` gives the gradient of the sigmoid, worked out from its activation."""
    return {"gradient": hw.my_sigmoid_grad(torch.tensor([[0.0, 0.1, 0.25], [0.5, 0.9, 1.0]], dtype=torch.float64))}


@check(
    points=3,
    seconds=5,
    expect=[close("of_sine", atol=1e-12), close("of_cube", atol=1e-12)],
    hint="Gradients add up in `.grad`: work on a fresh copy of x, and leave x itself as it was.",
)
def autograd_of_any_function(hw: Any) -> dict[str, Any]:
    """`gradient_by_autograd` differentiates any elementwise function, twice in a row at the same points."""
    x = torch.linspace(-2, 3, 11, dtype=torch.float64)
    of_sine = hw.gradient_by_autograd(torch.sin, x).clone()  # a second backward may add to the same tensor
    return {"of_sine": of_sine, "of_cube": hw.gradient_by_autograd(lambda values: values**3, x)}


@check(
    points=1,
    seconds=5,
    expect=[close("gradients", atol=1e-9), close("pytorch_gradients", atol=1e-9)],
    hint="Both at `points`: `gradients` is my_sigmoid_grad of my_sigmoid, the other comes from gradient_by_autograd.",
)
def both_gradients(hw: Any) -> dict[str, Any]:
    """At the 100 `points` both ways give the gradient of the sigmoid, in float64."""
    return {"gradients": hw.gradients, "pytorch_gradients": hw.pytorch_gradients}


# --- 1.4: a network ---


@check(points=2, seconds=5, expect=[equal("shapes")], hint=ORDER)
def model_parameters(hw: Any) -> dict[str, Any]:
    """`build_model(nn.Sigmoid())` has four layers from 2 to 2 nodes: 24 trainable parameters."""
    return parameters_of(hw.build_model(nn.Sigmoid()))


@check(
    points=3,
    seconds=5,
    cases={name: {"activation": name} for name in ("sigmoid", "tanh", "relu")},
    expect=[close("outputs", atol=1e-5)],
    hint=STACK,
)
def model_outputs(hw: Any, case: Case) -> dict[str, Any]:
    """With given weights, `build_model` gives the expected outputs, whatever activation it is passed."""
    return outputs_of_given_weights(hw.build_model, case["activation"])


@check(
    points=2,
    seconds=5,
    cases={name: {"activation": name} for name in ("sigmoid", "tanh")},
    expect=[gradients_fit_the_weights],
    hint=STACK,
)
def model_gradients(hw: Any, case: Case) -> dict[str, Any]:
    """Gradients through your model are those of a network with the same weights, built layer by layer."""
    return gradients_of(hw.build_model, case["activation"], SMALL)


@check(
    points=4,
    seconds=10,
    cases=POOLS,
    expect=[draws_differ(*NAMES), *(uniform(name, low=-1, high=1, false_alarm=RARE) for name in NAMES)],
    hint="`nn.init.uniform_` with both limits, for the weights of every layer.",
)
def model_weights(hw: Any, case: Case) -> dict[str, Any]:
    """The weights of every layer of `build_model` start as independent draws from U(-1, 1)."""
    torch.manual_seed(SEED)
    return pooled_weights(hw.build_model, **case)


@check(points=1, seconds=5, expect=[all_zero])
def model_biases(hw: Any) -> dict[str, Any]:
    """All biases of `build_model` start at zero."""
    return {"biases": biases_of(hw.build_model)}


# --- 2.8: Glorot's initialisation ---


@check(
    points=2,
    seconds=5,
    cases={name: {"activation": name} for name in ("tanh", "relu")},
    expect=[close("outputs", atol=1e-5)],
    hint=f"Only the first weights differ from those of `build_model`. {STACK}",
)
def glorot_outputs(hw: Any, case: Case) -> dict[str, Any]:
    """With given weights, `build_model_glorot` gives the expected outputs."""
    return outputs_of_given_weights(hw.build_model_glorot, case["activation"])


@check(
    points=3,
    seconds=10,
    expect=[draws_differ(*NAMES), *(normal(name, std=math.sqrt(2 / (before + after)), false_alarm=RARE)
            for name, before, after in zip(NAMES, GLOROT_WIDTHS, GLOROT_WIDTHS[1:], strict=False))],
    hint="The standard deviation is the root of 2 / (inputs + outputs) of that layer; the values are normal.",
)  # fmt: skip
def glorot_weights(hw: Any) -> dict[str, Any]:
    """The weights of every layer of `build_model_glorot` start as N(0, 2 / (inputs + outputs))."""
    torch.manual_seed(SEED)
    return pooled_weights(hw.build_model_glorot, GLOROT_WIDTHS, GLOROT_MODELS)


@check(points=1, seconds=5, expect=[all_zero])
def glorot_biases(hw: Any) -> dict[str, Any]:
    """All biases of `build_model_glorot` start at zero."""
    return {"biases": biases_of(hw.build_model_glorot)}


# --- what the probes share ---


def inputs(rows: int, columns: int) -> Tensor:
    """A batch, float32: values in [-2, 2] that need no random numbers."""
    return _pattern(rows * columns, scale=2.0, step=1.7).reshape(rows, columns)


def parameters_of(model: nn.Module) -> dict[str, Any]:
    """The shapes of a model's trainable parameters, in order."""
    shapes = [list(parameter.shape) for parameter in model.parameters() if parameter.requires_grad]
    return {"shapes": shapes, "layers": layers(model)}


def outputs_of_given_weights(builder: Builder, activation: str, **options: Any) -> dict[str, Any]:
    """What the student's model gives for a batch once every parameter has a value of ours."""
    model = builder(activation=ACTIVATIONS[activation](), **options)
    parameters = _parameters(model)
    values = _pattern(sum(each.numel() for each in parameters), scale=1.3, step=2.4)
    with torch.no_grad():
        for parameter, chosen in zip(parameters, values.split([each.numel() for each in parameters]), strict=True):
            parameter.copy_(chosen.reshape(parameter.shape))
    return {"outputs": model(inputs(12, options.get("widths", SMALL)[0])), "layers": layers(model)}


def gradients_of(builder: Builder, activation: str, widths: Sequence[int]) -> dict[str, Any]:
    """The parameters that the student's model starts with, its outputs, and the gradients of a loss."""
    torch.manual_seed(SEED)
    model = builder(activation=ACTIVATIONS[activation](), widths=tuple(widths))
    parameters = _parameters(model)
    out = model(inputs(20, widths[0]))
    distance_from_targets(out).backward()
    gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in parameters]
    return {
        "activation": activation,
        "outputs": out,
        **{f"parameter_{number}": each for number, each in enumerate(parameters, start=1)},
        **{f"gradient_{number}": each for number, each in enumerate(gradients, start=1)},
    }


def pooled_weights(builder: Builder, widths: Sequence[int], models: int) -> dict[str, Any]:
    """The first weights of many models, (models, outputs, inputs), under `layer_1`, `layer_2`, ..."""
    pool = [_weights(builder(activation=nn.Tanh(), widths=tuple(widths))) for _ in range(models)]
    return {f"layer_{number}": torch.stack(each) for number, each in enumerate(zip(*pool, strict=True), start=1)}


def biases_of(builder: Builder) -> Tensor:
    """All biases of a model of the usual size and of one that is wider, one after the other."""
    models = [builder(activation=nn.Sigmoid()), builder(activation=nn.ReLU(), widths=(3, 8, 5))]
    return torch.cat([each.detach() for model in models for each in model.parameters() if each.dim() == 1])


def forward(parameters: Sequence[Tensor], activation: nn.Module, x: Tensor) -> Tensor:
    """The network itself: weights and biases in turn, the activation between layers, none after the last."""
    for number in range(0, len(parameters), 2):
        x = activation(x) if number else x
        x = nn.functional.linear(x, parameters[number], parameters[number + 1])
    return x


def distance_from_targets(out: Tensor) -> Tensor:
    """The mean squared distance of outputs (N, K) from fixed targets."""
    targets = _pattern(out.numel(), scale=1.0, step=0.9).reshape(out.shape).to(out.dtype)
    return (out - targets).square().mean()


def _weights(model: nn.Module) -> list[Tensor]:
    return [parameter.detach() for parameter in _parameters(model) if parameter.dim() == 2]


def _parameters(model: nn.Module) -> list[nn.Parameter]:
    parameters = list(model.parameters())
    if not parameters:  # the student reads this
        raise ValueError("the model has no parameters; a plain list hides layers: use nn.Sequential or nn.ModuleList")
    return parameters


def _pattern(count: int, *, scale: float, step: float) -> Tensor:
    return (scale * (step * torch.arange(1, count + 1, dtype=torch.float64)).sin()).float()
