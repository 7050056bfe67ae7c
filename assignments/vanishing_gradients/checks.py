"""The public checks of `vanishing_gradients`.

Initial weights are judged by their distribution alone, over several models, so that it does not matter in which order
a notebook draws them. For everything else, and beside them, the probe puts weights of its own into the student's model
and asks what it then computes.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from grader import Unmet, any_seed, check, close, equal, layers, normal, uniform

Values = Mapping[str, Any]
Given = Mapping[str, Tensor]
Case = dict[str, Any]
Builder = Callable[..., nn.Module]

SEED = 42
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU,
    "softplus": lambda: nn.Softplus(beta=2), "flat_softplus": lambda: nn.Softplus(beta=0.5),
    "leaky_relu": lambda: nn.LeakyReLU(0.3),
}  # fmt: skip
SMALL = (2, 2, 2, 2, 2)
NAMES = [f"layer_{number}" for number in (1, 2, 3, 4)]
# How often one layer of a right solution may fail, whatever the seed. About thirty layers are tested for each student,
# and with samples as large as these a deviation that is off by the root of 2 is still found every time.
RARE = 1e-9
# 2,000 values or more for each layer: with fewer, it would not be. Two are of one size: one used twice is found.
UNIFORM_WIDTHS, UNIFORM_MODELS = (30, 40, 40, 40, 25), 2
GLOROT_WIDTHS, GLOROT_MODELS = (15, 60, 20, 80, 25), 4
LAST = "The name's last value counts: does a later cell use it for something else? Run all cells from the top."
PRODUCT = "`c` is the matrix product of `A` and `b` (`@`, not `*`) plus the column `d`, and keeps the shape (3, 1)."
STACK = "Linear, activation, Linear, activation, ..., Linear: each activation once between two layers, none at the end."
COPY = "Work on a copy: x.detach().clone().requires_grad_()."
ORDER = "One `nn.Linear` with bias for each two neighbours in `widths`, from input to output. Plain lists hide layers."


# --- criteria of this assignment ---


def as_the_task_says(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """The names of one case of the first task hold what they should."""
    if "x" in expected:
        return three_seven_and_their_product(seen, expected, given)
    if "c" in expected:
        return product_plus_column(seen, expected, given)
    return matrix_and_column(seen, expected, given) or numpy_column(seen, expected, given)


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


def precise(name: str) -> Callable[[Values, Values, Given], Unmet | None]:
    """`name` equals the expected value to nearly all digits of its dtype."""

    @any_seed
    def right_to_the_last_digits(seen: Values, expected: Values, given: Given) -> Unmet | None:
        atol = 1e-12 if expected[name].dtype is torch.float64 else 1e-6
        return close(name, atol=atol)(seen, expected, given)

    return right_to_the_last_digits


@any_seed
def written_with_exp(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """`torch.exp` was among the functions that were called."""
    if "exp" in seen["calls"]:
        return None
    return Unmet("`my_sigmoid` does not call `torch.exp`", "Write the formula itself: 1 / (1 + exp(-x)).")


@any_seed
def x_stays(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """The argument is left as it was found: its values, whether it records, and its `.grad`."""
    if equal("x")(seen, expected, given):
        return Unmet("the values of the argument are others after the call", "Change nothing in place.")
    if seen["x_records"] != expected["x_records"]:
        return Unmet("the caller's tensor records after the call, or no longer does", COPY)
    if equal("x_grad")(seen, expected, given):
        return Unmet("the `.grad` of the caller's tensor is another one after the call", COPY)
    return None


@any_seed
def without_graph(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """The result does not record."""
    if seen["records"] == expected["records"]:
        return None
    return Unmet("the gradient that is returned records, too", "Leave out create_graph, or detach what you return.")


@any_seed
def each_by_its_own_method(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """Neither of the two gradients is, bit for bit, what the other method gives for this notebook's sigmoid.

    The formula and autograd round differently: a (1 - a) loses digits where a is near 1.
    """
    formula, autograd = seen["by_formula"], seen["by_autograd"]
    if not isinstance(formula, Tensor) or not isinstance(autograd, Tensor) or torch.equal(formula, autograd):
        return None  # this sigmoid does not tell them apart
    if torch.equal(seen["gradients"], autograd):
        return Unmet("`gradients` comes from autograd", "Use your own formula: my_sigmoid_grad of my_sigmoid.")
    if torch.equal(seen["pytorch_gradients"], formula):
        return Unmet("`pytorch_gradients` comes from the formula", "Use gradient_by_autograd and my_sigmoid.")
    return None


@any_seed
def never_seeded(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """Torch's generator still has the seed that the probe gave it."""
    if seen["seed"] == expected["seed"]:
        return None
    return Unmet("torch's generator is seeded inside your function", "Leave the seed to those who call it.")


@dataclass(frozen=True, slots=True)
class uniformly_drawn(uniform):
    """Layer `name` starts as draws from U(-1, 1). So rarely do right ones fail that any seed will do."""

    any_seed = True

    low: float = -1.0
    high: float = 1.0
    false_alarm: float = RARE


@dataclass(frozen=True, slots=True)
class normally_drawn(normal):
    """Layer `name` starts as draws from N(0, `std`²). So rarely do right ones fail that any seed will do."""

    any_seed = True

    false_alarm: float = RARE


def draws_differ(*names: str) -> Callable[[Values, Values, Given], Unmet | None]:
    """Nearly all values are different: neither models nor layers repeat each other, not even with the other sign."""

    @any_seed
    def no_repeats(seen: Values, expected: Values, given: Given) -> Unmet | None:
        drawn = []
        for name in names:
            if name not in seen:
                return Unmet(f"`{name}` is missing: the model has too few weight matrices", ORDER)
            value = seen[name]
            if not isinstance(value, Tensor) or value.shape != expected[name].shape:
                return None  # the criterion of the distribution says so
            drawn.append(value.flatten().double())
        values = torch.cat(drawn).abs()
        if (different := len(values.unique())) >= 0.9 * len(values):
            return None
        return Unmet(
            f"only {different:,} of the {len(values):,} values in {' and '.join(f'`{each}`' for each in names)} are "
            "different",
            "Every call has to draw new values: is a generator seeded inside your function, or a layer used twice?",
        )

    return no_repeats


@any_seed
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


@any_seed
def right_layers(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """With given weights, the layers give the expected outputs, for one activation at least.

    See `outputs_of_layers`: an activation in a wrong place, or a wrong one, costs the points of other checks.
    """
    if not close("with_hardtanh", atol=1e-6)(seen, expected, given):
        return None
    unmet = close("with_sigmoid", atol=1e-6)(seen, expected, given)
    return unmet and Unmet(f"with given weights the outputs are wrong, whatever the activation: {unmet.message}", ORDER)


@any_seed
def expected_gradients(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """The gradient of every parameter is the expected one, to a ten-thousandth of its largest element."""
    for name in (each for each in expected if each.startswith("gradient_of_")):
        if name not in seen:
            return Unmet(f"`{name}` is missing: the model has too few weight matrices and biases", ORDER)
        if unmet := close(name, atol=1e-4 * float(expected[name].abs().max()))(seen, expected, given):
            value = seen[name]
            if isinstance(value, Tensor) and not value.any():
                return Unmet(f"`{name}` is 0", "Does the graph reach this layer? Nothing may be detached or frozen.")
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


# --- 1.1: tensors ---


@check(
    points=1,
    seconds=5,
    cases={
        "two_numbers": {"names": ["x", "y", "z"]},
        "matrix_and_columns": {"names": ["A", "b", "d"]},
        "product_and_sum": {"names": ["A", "b", "c", "d"]},
    },
    expect=[as_the_task_says],
    hint=LAST,
)
def first_tensors(hw: Any, case: Case) -> dict[str, Any]:
    """`x`, `y` and `z`, `A`, `b`, `c` and `d` are what the text asks for: numbers, a matrix, columns, A b + d."""
    values = {name: getattr(hw, name) for name in case["names"]}
    if "d" in values:
        values |= {"d": torch.as_tensor(hw.d), "d_is_a": type(hw.d).__name__}
    return values


@check(points=1, seconds=5, expect=[draws_differ("values"), never_seeded, uniformly_drawn("values")])
def uniform_values(hw: Any) -> dict[str, Any]:
    """`uniform_tensor` gives new independent draws from U(-1, 1) at every call, in the shape that is asked for."""
    torch.manual_seed(SEED)
    return {"values": torch.stack([hw.uniform_tensor(20, 10, 5) for _ in range(4)]), "seed": torch.initial_seed()}


# --- 1.2 and 1.3: sigmoid and autograd ---


@check(
    points=3,
    seconds=5,
    cases={
        "column": {"values": [-6.0, -2.5, -1.0, -0.1, 0.0, 0.3, 1.0, 4.0], "shape": (8, 1), "dtype": "float64"},
        "matrix": {"values": [-3.0, 0.5, 2.0, 0.25, -0.75, 7.0], "shape": (2, 3), "dtype": "float32"},
        "far_out": {"values": [-1000.0, -40.0, 40.0, 1000.0], "shape": (4,), "dtype": "float64"},
    },
    expect=[precise("activations"), close("slopes", atol=1e-6), written_with_exp, x_stays],
    hint="1 / (1 + exp(-x)) for every element; far out it is 0 or 1 and never NaN. Autograd has to follow.",
)
def sigmoid(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """`my_sigmoid` gives the sigmoid of every element, in the dtype of x, lets autograd follow, and leaves x alone."""
    x = stretch(seed) * torch.tensor(case["values"], dtype=getattr(torch, case["dtype"])).reshape(case["shape"])
    with Calls() as calls:
        activations = hw.my_sigmoid(x)
    near = (x.clamp(-9, 9) + 0.05).requires_grad_()  # not 0, where |x|, with which one may work, has no slope
    (slopes,) = torch.autograd.grad(hw.my_sigmoid(waves(seed)(near)).sum(), near)
    return {"activations": activations, "slopes": slopes, "calls": sorted(calls.names), **state_of(x)}


@check(
    points=1,
    seconds=5,
    cases={"float64": {"dtype": "float64"}, "float32": {"dtype": "float32"}},
    expect=[precise("gradient"), x_stays],
    hint="The argument is the activation a, not x: the sigmoid has been applied already.",
)
def sigmoid_gradient(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """`my_sigmoid_grad` gives the gradient of the sigmoid, worked out from its activation, in the dtype of that."""
    rows = torch.tensor([[0.0, 0.1, 0.25], [0.5, 0.65, 1.0]], dtype=getattr(torch, case["dtype"]))
    a = torch.where(rows % 1 > 0, stretch(seed) * rows, rows)
    return {"gradient": hw.my_sigmoid_grad(a), **state_of(a)}


@check(
    points=4,
    seconds=5,
    cases={"new": {"x": "new"}, "recording": {"x": "recording"}, "recorded": {"x": "recorded"}},
    expect=[close("of_sine", atol=1e-12), close("of_product", atol=1e-12), x_stays, without_graph],
    hint="Gradients add up in `.grad`: work on a fresh copy of x, and leave x itself as it was.",
)
def autograd_of_any_function(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """`gradient_by_autograd` differentiates any elementwise function, twice in a row, and leaves x as it was.

    x is new, or records and has a gradient already, or was worked out from a tensor that does.
    """
    # Not torch.linspace, which rounds otherwise on other processors.
    start = stretch(seed) * (torch.arange(11 + seed % 4, dtype=torch.float64) / 2 - 2)
    if case["x"] != "new":
        start.requires_grad_().grad = torch.full_like(start, 7.0)
    x = start + 0 if case["x"] == "recorded" else start
    of_sine = hw.gradient_by_autograd(torch.sin, x).clone()  # a second backward may add to the same tensor
    of_product = hw.gradient_by_autograd(waves(seed), x)
    return {"of_sine": of_sine, "of_product": of_product, "records": of_product.requires_grad, **state_of(start)}


@check(
    points=1,
    seconds=5,
    expect=[close("gradients", atol=1e-9), close("pytorch_gradients", atol=1e-9), each_by_its_own_method,
            close("of_waves", atol=1e-9)],
    hint="Both at `points`: `gradients` is my_sigmoid_grad of my_sigmoid, the other comes from gradient_by_autograd.",
)  # fmt: skip
def both_gradients(hw: Any, seed: int) -> dict[str, Any]:
    """At the 100 `points` both ways give the gradient of the sigmoid, in float64: by formula, and by autograd."""
    points = torch.linspace(-10, 10, 100, dtype=torch.float64)
    return {
        "gradients": hw.gradients,
        "pytorch_gradients": hw.pytorch_gradients,
        "by_formula": hw.my_sigmoid_grad(hw.my_sigmoid(points)),
        "by_autograd": hw.gradient_by_autograd(hw.my_sigmoid, points),
        "of_waves": hw.gradient_by_autograd(lambda x: hw.my_sigmoid(waves(seed)(x)), points.detach() / 5),
    }


# --- 1.4: a network ---


@check(points=2, seconds=5, expect=[equal("shapes"), right_layers], hint=ORDER)
def model_parameters(hw: Any, seed: int) -> dict[str, Any]:
    """`build_model` has four layers from 2 to 2 nodes, 24 trainable parameters in order, and uses each layer once."""
    return {**parameters_of(hw.build_model(nn.Sigmoid())), **outputs_of_layers(hw.build_model, SMALL, seed)}


@check(
    points=4,
    seconds=5,
    cases={name: {"activation": name} for name in ("sigmoid", "tanh", "relu", "leaky_relu")},
    expect=[close("outputs", atol=1e-5)],
    hint=STACK,
)
def model_outputs(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """With given weights, `build_model` gives the expected outputs, whatever activation it is passed."""
    return outputs_of(hw.build_model, case["activation"], SMALL, seed)


@check(
    points=4,
    seconds=5,
    cases={name: {"activation": name} for name in ("sigmoid", "tanh")},
    expect=[expected_gradients],
    hint=STACK,
)
def model_gradients(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """With given weights, the gradients through your model are those of such a network."""
    return gradients_of(hw.build_model, case["activation"], SMALL, seed)


@check(
    points=4,
    seconds=5,
    expect=[draws_differ(*NAMES), never_seeded, *map(uniformly_drawn, NAMES), right_layers],
    hint="`nn.init.uniform_` with both limits, for the weights of every layer.",
)
def model_weights(hw: Any, seed: int) -> dict[str, Any]:
    """The weights of every layer of `build_model` start as independent draws from U(-1, 1)."""
    return first_weights(hw.build_model, UNIFORM_WIDTHS, UNIFORM_MODELS, seed)


@check(points=1, seconds=5, expect=[all_zero, right_layers])
def model_biases(hw: Any, seed: int) -> dict[str, Any]:
    """All biases of `build_model` start at zero."""
    return first_biases(hw.build_model, seed)


# --- 2.8: Glorot's initialisation ---


@check(
    points=2,
    seconds=5,
    cases={name: {"activation": name} for name in ("tanh", "relu")},
    expect=[close("outputs", atol=1e-5)],
    hint=f"Only the first weights differ from those of `build_model`. {STACK}",
)
def glorot_outputs(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """With given weights, `build_model_glorot` gives the expected outputs."""
    return outputs_of(hw.build_model_glorot, case["activation"], SMALL, seed)


def glorot(widths: Sequence[int]) -> list[normally_drawn]:
    """What the weights of each layer have to meet."""
    pairs = zip(NAMES, widths, widths[1:], strict=False)
    return [normally_drawn(name, std=math.sqrt(2 / (before + after))) for name, before, after in pairs]


@check(
    points=3,
    seconds=5,
    expect=[draws_differ(*NAMES), never_seeded, *glorot(GLOROT_WIDTHS), right_layers],
    hint="The standard deviation is the root of 2 / (inputs + outputs) of that layer; the values are normal.",
)
def glorot_weights(hw: Any, seed: int) -> dict[str, Any]:
    """The weights of every layer of `build_model_glorot` start as N(0, 2 / (inputs + outputs))."""
    return first_weights(hw.build_model_glorot, GLOROT_WIDTHS, GLOROT_MODELS, seed)


@check(points=1, seconds=5, expect=[all_zero, right_layers])
def glorot_biases(hw: Any, seed: int) -> dict[str, Any]:
    """All biases of `build_model_glorot` start at zero."""
    return first_biases(hw.build_model_glorot, seed)


# --- what the probes share ---


class Calls(TorchFunctionMode):
    """Within it the names of the torch functions and methods that are called become known."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(getattr(func, "__name__", "").strip("_"))
        return func(*args, **(kwargs or {}))


def state_of(x: Tensor) -> dict[str, Any]:
    """What a function that gets `x` could change in it."""
    grad = torch.zeros(0) if x.grad is None else x.grad
    return {"x": x.detach().clone(), "x_records": x.requires_grad, "x_grad": grad.clone()}


def stretch(seed: int) -> float:
    """A factor from 1 to 1.5, another one for nearly every seed."""
    return 1 + 37 * seed % 997 / 1994


def inputs(rows: int, columns: int, seed: int) -> Tensor:
    """A batch, float32: values in [-2, 2] that need no random numbers."""
    return _pattern(rows * columns, scale=2.0, step=1.7, seed=seed).reshape(rows, columns)


def parameters_of(model: nn.Module) -> dict[str, Any]:
    """The shapes of a model's trainable parameters, in order."""
    shapes = [list(parameter.shape) for parameter in model.parameters() if parameter.requires_grad]
    return {"shapes": shapes, "layers": layers(model)}


def waves(seed: int) -> Callable[[Tensor], Tensor]:
    """An elementwise function, smooth, whose derivative is nothing simple."""
    pace = stretch(seed)
    return lambda x: torch.sin(pace * x) * torch.exp(-((x / 3) ** 2)) + torch.tanh(x) ** 2


def give_values(parameters: Sequence[nn.Parameter], seed: int) -> None:
    """Set each parameter to values of ours; sums into a node stay of the size of what goes in, however much that is."""
    counts = [each.numel() for each in parameters]
    values = _pattern(sum(counts), scale=1.3, step=2.4, seed=seed).split(counts)
    with torch.no_grad():
        for parameter, chosen in zip(parameters, values, strict=True):
            scale = math.sqrt(2 / parameter.shape[1]) if parameter.dim() == 2 else 1
            parameter.copy_(scale * chosen.reshape(parameter.shape))


def outputs_of(
    builder: Builder, activation: str, widths: Sequence[int], seed: int, *, rows: int = 12
) -> dict[str, Any]:
    """What the student's model gives for a batch once every parameter has a value of ours."""
    model = builder(ACTIVATIONS[activation](), tuple(widths))
    give_values(_parameters(model), seed)
    return {"outputs": model(inputs(rows, widths[0], seed)), "layers": layers(model)}


def outputs_of_layers(
    builder: Builder, widths: Sequence[int], seed: int, *, give_biases: bool = True
) -> dict[str, Any]:
    """The outputs of networks whose weights, and `give_biases`, have values of ours, once with each of two activations.

    Of `nn.Hardtanh()` only the first does anything: it clips at 1, and all later sums are smaller. So one too many or
    too few further on is not seen.
    """
    outputs = {}
    for name, activation in (("with_hardtanh", nn.Hardtanh()), ("with_sigmoid", nn.Sigmoid())):
        model = builder(activation, tuple(widths))
        parameters = [each for each in _parameters(model) if each.dim() == 2 or give_biases]
        give_values(parameters, seed)
        with torch.no_grad():
            for each in parameters:
                each *= 0.9 / each.abs().sum(dim=1, keepdim=True) if each.dim() == 2 else 0.07
        outputs[name] = model(3 * widths[0] * inputs(12, widths[0], seed))
    return outputs


def gradients_of(builder: Builder, activation: str, widths: Sequence[int], seed: int) -> dict[str, Any]:
    """The gradients of the mean squared error of the student's model, once every parameter has a value of ours."""
    model = builder(activation=ACTIVATIONS[activation](), widths=tuple(widths))
    parameters = _parameters(model)
    give_values(parameters, seed)
    out = model(inputs(20, widths[0], seed))
    targets = _pattern(out.numel(), scale=1.0, step=0.9, seed=seed).reshape(out.shape)
    (out - targets).square().mean().backward()
    gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in parameters]
    names = [f"gradient_of_{kind}_{layer}" for layer in range(1, len(widths)) for kind in ("weight", "bias")]
    return dict(zip(names, gradients, strict=False))


def first_weights(builder: Builder, widths: Sequence[int], models: int, seed: int) -> dict[str, Any]:
    """The first weights of some models, (models, outputs, inputs), under `layer_1`, `layer_2`, ...

    Beside them are the seed that torch then has, and what such models compute.
    """
    torch.manual_seed(seed)
    drawn = [_weights(builder(activation=nn.Tanh(), widths=tuple(widths))) for _ in range(models)]
    pooled = {f"layer_{number}": torch.stack(each) for number, each in enumerate(zip(*drawn, strict=True), start=1)}
    return {**pooled, "seed": torch.initial_seed(), **outputs_of_layers(builder, widths, seed)}


def first_biases(builder: Builder, seed: int) -> dict[str, Any]:
    """All biases of a model of the usual size and of one that is wider, one after the other.

    Beside them is what models of the wider kind compute with weights of ours and the biases that they start with.
    """
    widths = (3, 8 + seed % 5, 6, 5)
    models = [builder(activation=nn.Sigmoid()), builder(activation=nn.ReLU(), widths=widths)]
    biases = [each.detach() for model in models for each in model.parameters() if each.dim() == 1]
    return {"biases": torch.cat(biases), **outputs_of_layers(builder, widths, seed, give_biases=False)}


def _weights(model: nn.Module) -> list[Tensor]:
    return [parameter.detach() for parameter in _parameters(model) if parameter.dim() == 2]


def _parameters(model: nn.Module) -> list[nn.Parameter]:
    parameters = list(model.parameters())
    if not parameters:  # the student reads this
        raise ValueError("the model has no parameters; a plain list hides layers: use nn.Sequential or nn.ModuleList")
    return parameters


def _pattern(count: int, *, scale: float, step: float, seed: int) -> Tensor:
    places = torch.arange(1, count + 1, dtype=torch.float64) + seed % 9973
    return (scale * (step * places**2).sin()).float()  # squares: sines of even steps make matrices of rank 2
