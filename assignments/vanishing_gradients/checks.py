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
# How often one layer of a right solution may fail. About twenty layers are tested for each student, and with samples as
# large as these a deviation that is off by the root of 2 is still found every time.
RARE = 1e-9
# 2,000 values or more for each layer: with fewer, it would not be.
POOLS: dict[str, Case] = {
    "narrow": {"widths": SMALL, "models": 800},
    "wide": {"widths": (20, 60, 30, 80, 25), "models": 2},
}
GLOROT_WIDTHS, GLOROT_MODELS = (15, 60, 20, 80, 25), 8
LAST = "The name's last value counts: does a later cell use it for something else? Run all cells from the top."
PRODUCT = "`c` is the matrix product of `A` and `b` (`@`, not `*`) plus the column `d`, and keeps the shape (3, 1)."
STACK = "Linear, activation, Linear, activation, ..., Linear: each activation once between two layers, none at the end."
COPY = "Work on a copy: x.detach().clone().requires_grad_()."
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
    """The result does not record, where x does not."""
    if seen["records"] == expected["records"]:
        return None
    return Unmet("the gradient that is returned records, too", "Leave out create_graph, or detach what you return.")


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


def never_seeded(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """Torch's generator still has the seed that the probe gave it."""
    if seen["seed"] == expected["seed"]:
        return None
    return Unmet("torch's generator is seeded inside your function", "Leave the seed to those who call it.")


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
    out = forward(parameters, ACTIVATIONS[expected["activation"]](), expected["inputs"].double())
    if unmet := close("outputs", atol=1e-4, rtol=1e-4)(_double(seen, "outputs"), {"outputs": out.detach()}, {}):
        return unmet
    wanted = torch.autograd.grad(distance_from_targets(out, expected["targets"].double()), parameters)
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


@check(points=2, seconds=5,
       expect=[draws_differ("values"), never_seeded, uniform("values", low=-1, high=1, false_alarm=RARE)])  # fmt: skip
def uniform_values(hw: Any) -> dict[str, Any]:
    """`uniform_tensor` gives new independent draws from U(-1, 1) at every call, in the shape that is asked for."""
    torch.manual_seed(SEED)
    return {"values": torch.stack([hw.uniform_tensor(20, 10, 5) for _ in range(4)]), "seed": torch.initial_seed()}


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
        "column": {"values": [-6.0, -2.5, -1.0, -0.1, 0.0, 0.3, 1.0, 4.0], "shape": (8, 1), "dtype": "float64"},
        "matrix": {"values": [-3.0, 0.5, 2.0, 0.25, -0.75, 7.0], "shape": (2, 3), "dtype": "float32"},
        "far_out": {"values": [-1000.0, -40.0, 40.0, 1000.0], "shape": (4,), "dtype": "float64"},
    },
    expect=[precise("activations"), written_with_exp, x_stays],
    hint="1 / (1 + exp(-x)) for every element; far out it is 0 or 1 and never NaN.",
)
def sigmoid(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """`my_sigmoid` gives the sigmoid of every element, in the dtype of x, and leaves x alone."""
    x = stretch(seed) * torch.tensor(case["values"], dtype=getattr(torch, case["dtype"])).reshape(case["shape"])
    with Calls() as calls:
        activations = hw.my_sigmoid(x)
    return {"activations": activations, "calls": sorted(calls.names), **state_of(x)}


@check(
    points=2,
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
    points=3,
    seconds=5,
    cases={"new": {"records": False}, "recording": {"records": True}},
    expect=[close("of_sine", atol=1e-12), close("of_cube", atol=1e-12), x_stays, without_graph],
    hint="Gradients add up in `.grad`: work on a fresh copy of x, and leave x itself as it was.",
)
def autograd_of_any_function(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """`gradient_by_autograd` differentiates any elementwise function, twice in a row, and leaves x as it was.

    x is new, or has recorded and has a gradient already.
    """
    # Not torch.linspace, which rounds otherwise on other processors.
    x = stretch(seed) * (torch.arange(11 + seed % 4, dtype=torch.float64) / 2 - 2)
    if case["records"]:
        x.requires_grad_().grad = torch.full_like(x, 7.0)
    of_sine = hw.gradient_by_autograd(torch.sin, x).clone()  # a second backward may add to the same tensor
    of_cube = hw.gradient_by_autograd(lambda values: values**3, x)
    records = of_cube.requires_grad and not x.requires_grad
    return {"of_sine": of_sine, "of_cube": of_cube, "records": records, **state_of(x)}


@check(
    points=1,
    seconds=5,
    expect=[close("gradients", atol=1e-9), close("pytorch_gradients", atol=1e-9), each_by_its_own_method],
    hint="Both at `points`: `gradients` is my_sigmoid_grad of my_sigmoid, the other comes from gradient_by_autograd.",
)
def both_gradients(hw: Any) -> dict[str, Any]:
    """At the 100 `points` both ways give the gradient of the sigmoid, in float64: by formula, and by autograd."""
    points = torch.linspace(-10, 10, 100, dtype=torch.float64)
    return {
        "gradients": hw.gradients,
        "pytorch_gradients": hw.pytorch_gradients,
        "by_formula": hw.my_sigmoid_grad(hw.my_sigmoid(points)),
        "by_autograd": hw.gradient_by_autograd(hw.my_sigmoid, points),
    }


# --- 1.4: a network ---


@check(points=2, seconds=5, expect=[equal("shapes")], hint=ORDER)
def model_parameters(hw: Any) -> dict[str, Any]:
    """`build_model(nn.Sigmoid())` has four layers from 2 to 2 nodes: 24 trainable parameters."""
    return parameters_of(hw.build_model(nn.Sigmoid()))


@check(
    points=3,
    seconds=5,
    cases={name: {"activation": name} for name in ("sigmoid", "tanh", "relu", "leaky_relu")},
    expect=[close("outputs", atol=1e-5)],
    hint=STACK,
)
def model_outputs(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """With given weights, `build_model` gives the expected outputs, whatever activation it is passed."""
    return outputs_of_given_weights(hw.build_model, case["activation"], seed)


@check(
    points=2,
    seconds=5,
    cases={name: {"activation": name} for name in ("sigmoid", "tanh")},
    expect=[gradients_fit_the_weights],
    hint=STACK,
)
def model_gradients(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """Gradients through your model are those of a network with the same weights, built layer by layer."""
    return gradients_of(hw.build_model, case["activation"], SMALL, seed)


@check(
    points=4,
    seconds=10,
    cases=POOLS,
    expect=[draws_differ(*NAMES), never_seeded, *(uniform(name, low=-1, high=1, false_alarm=RARE) for name in NAMES)],
    hint="`nn.init.uniform_` with both limits, for the weights of every layer.",
)
def model_weights(hw: Any, case: Case) -> dict[str, Any]:
    """The weights of every layer of `build_model` start as independent draws from U(-1, 1)."""
    torch.manual_seed(SEED)
    return pooled_weights(hw.build_model, **case)


@check(points=1, seconds=5, expect=[all_zero])
def model_biases(hw: Any, seed: int) -> dict[str, Any]:
    """All biases of `build_model` start at zero."""
    return {"biases": biases_of(hw.build_model, seed)}


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
    return outputs_of_given_weights(hw.build_model_glorot, case["activation"], seed)


@check(
    points=3,
    seconds=10,
    expect=[draws_differ(*NAMES), never_seeded, *(normal(name, std=math.sqrt(2 / (before + after)), false_alarm=RARE)
            for name, before, after in zip(NAMES, GLOROT_WIDTHS, GLOROT_WIDTHS[1:], strict=False))],
    hint="The standard deviation is the root of 2 / (inputs + outputs) of that layer; the values are normal.",
)  # fmt: skip
def glorot_weights(hw: Any) -> dict[str, Any]:
    """The weights of every layer of `build_model_glorot` start as N(0, 2 / (inputs + outputs))."""
    torch.manual_seed(SEED)
    return pooled_weights(hw.build_model_glorot, GLOROT_WIDTHS, GLOROT_MODELS)


@check(points=1, seconds=5, expect=[all_zero])
def glorot_biases(hw: Any, seed: int) -> dict[str, Any]:
    """All biases of `build_model_glorot` start at zero."""
    return {"biases": biases_of(hw.build_model_glorot, seed)}


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


def outputs_of_given_weights(builder: Builder, activation: str, seed: int, **options: Any) -> dict[str, Any]:
    """What the student's model gives for a batch once every parameter has a value of ours."""
    model = builder(activation=ACTIVATIONS[activation](), **options)
    parameters = _parameters(model)
    values = _pattern(sum(each.numel() for each in parameters), scale=1.3, step=2.4, seed=seed)
    with torch.no_grad():
        for parameter, chosen in zip(parameters, values.split([each.numel() for each in parameters]), strict=True):
            parameter.copy_(chosen.reshape(parameter.shape))
    return {"outputs": model(inputs(12, options.get("widths", SMALL)[0], seed)), "layers": layers(model)}


def gradients_of(builder: Builder, activation: str, widths: Sequence[int], seed: int) -> dict[str, Any]:
    """The parameters that the student's model starts with, its outputs, and the gradients of a loss."""
    torch.manual_seed(seed)
    model = builder(activation=ACTIVATIONS[activation](), widths=tuple(widths))
    parameters = _parameters(model)
    x = inputs(20, widths[0], seed)
    out = model(x)
    targets = _pattern(out.numel(), scale=1.0, step=0.9, seed=seed)
    distance_from_targets(out, targets).backward()
    gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in parameters]
    return {
        "activation": activation,
        "inputs": x,
        "targets": targets,
        "outputs": out,
        **{f"parameter_{number}": each for number, each in enumerate(parameters, start=1)},
        **{f"gradient_{number}": each for number, each in enumerate(gradients, start=1)},
    }


def pooled_weights(builder: Builder, widths: Sequence[int], models: int) -> dict[str, Any]:
    """The first weights of many models, (models, outputs, inputs), under `layer_1`, `layer_2`, ..."""
    pool = [_weights(builder(activation=nn.Tanh(), widths=tuple(widths))) for _ in range(models)]
    layers = {f"layer_{number}": torch.stack(each) for number, each in enumerate(zip(*pool, strict=True), start=1)}
    return {**layers, "seed": torch.initial_seed()}


def biases_of(builder: Builder, seed: int) -> Tensor:
    """All biases of a model of the usual size and of one that is wider, one after the other."""
    models = [builder(activation=nn.Sigmoid()), builder(activation=nn.ReLU(), widths=(3, 8 + seed % 5, 5))]
    return torch.cat([each.detach() for model in models for each in model.parameters() if each.dim() == 1])


def forward(parameters: Sequence[Tensor], activation: nn.Module, x: Tensor) -> Tensor:
    """The network itself: weights and biases in turn, the activation between layers, none after the last."""
    for number in range(0, len(parameters), 2):
        x = activation(x) if number else x
        x = nn.functional.linear(x, parameters[number], parameters[number + 1])
    return x


def distance_from_targets(out: Tensor, targets: Tensor) -> Tensor:
    """The mean squared distance of outputs (N, K) from as many targets."""
    return (out - targets.reshape(out.shape)).square().mean()


def _weights(model: nn.Module) -> list[Tensor]:
    return [parameter.detach() for parameter in _parameters(model) if parameter.dim() == 2]


def _parameters(model: nn.Module) -> list[nn.Parameter]:
    parameters = list(model.parameters())
    if not parameters:  # the student reads this
        raise ValueError("the model has no parameters; a plain list hides layers: use nn.Sequential or nn.ModuleList")
    return parameters


def _pattern(count: int, *, scale: float, step: float, seed: int) -> Tensor:
    places = torch.arange(1, count + 1, dtype=torch.float64) + seed % 9973
    return (scale * (step * places).sin()).float()
