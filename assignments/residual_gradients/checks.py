"""The public checks of `residual_gradients`. Probes observe what a notebook defines; criteria judge elsewhere.

No check depends on the order in which a student draws random numbers: weights are set by the probe or judged by their
distribution, and `inspect_gradients` is watched with networks that stand in for `residual1D`. What could be made up, as
shapes and draws can, is asked for together with what only networks that run give: see `resembles`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from operator import index
from typing import Any

import torch
from torch import Tensor, nn

from grader import Unmet, any_seed, check, close, equal, finite, normal

Values = Mapping[str, Any]
Given = Mapping[str, Tensor]
Case = dict[str, Any]

SEED = 42
SEEDS = 2**32  # students may hand theirs on to NumPy, which takes no larger ones
SAMPLE = 4500  # values in each statistical test
WIDTH = 60  # of the networks that the tests draw from
NETWORKS = SAMPLE // WIDTH
SHOWN, ALIKE = 12, 0.55  # networks with given weights, and how far their outputs are those of right ones: see resembles
POINTS = 100
FORWARD = 3e-3  # batch norm magnifies rounding where a unit hardly varies: by up to 2e-4 in 2,500 seeds
ITERATIONS = 30
FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "cube": lambda y: y**3,
    "sine": lambda y: torch.sin(2 * y),
    "bell": lambda y: torch.exp(-(y**2)),
}
TYPES: dict[str, Case] = {"feedforward": {"name": "feedforward"}, "residual": {"name": "residual"}}
NETWORK_SHAPES: dict[str, Case] = {
    "plain": {"d": 6, "n": 5, "beta": 0.3, "skip": False},
    "residual": {"d": 6, "n": 5, "beta": 0.3, "skip": True},
    "skip_by_default": {"d": 4, "n": 5, "beta": 0.6},
    "no_inner_layers": {"d": 2, "n": 5, "beta": 0.3, "skip": True},
}
NETWORK = "It counts for the network of this task only: fix what `forward` reports first, then these points follow."
GRADIENT = "Is it the gradient of the sum of the outputs with respect to x, as one row of shape (1, k)?"
DISTINCT = "Every layer needs a linear part and a batch norm of its own, and the module must know them (nn.ModuleList)."
DRAWN = "Call visualize_gradients once for each depth, in the order of depths, with the network type as the name."
ROWS = "Each row is the gradient of one new network of that depth and type, and of no other: does x.grad add up?"


# --- criteria of this assignment ---


@dataclass(frozen=True, slots=True)
class resembles(finite):
    """`name` points where the reference's does: the cosine of the angle between the two is `at_least` so large.

    It stands beside what could be made up, such as shapes, draws and the arguments of a probe, and asks for values that
    only code that runs gives. It lets pass what small mistakes change: other checks tell these, and they cost once.
    """

    at_least: float
    next_step: str = ""

    any_seed = True

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        value, wanted = seen[self.name], expected[self.name]
        if not isinstance(value, Tensor) or value.shape != wanted.shape:
            shape = f"has shape {tuple(value.shape)}" if isinstance(value, Tensor) else "is not a tensor"
            return Unmet(f"`{self.name}` {shape}, expected {tuple(wanted.shape)}", self.next_step)
        if bad := finite.__call__(self, seen, expected, given):
            return bad
        found = float(nn.functional.cosine_similarity(value.double().flatten(), wanted.double().flatten(), dim=0))
        if found >= self.at_least:
            return None
        return Unmet(
            f"`{self.name}` has little in common with what right code gives: {found:.2f} on a scale from -1 to 1, "
            f"expected at least {self.at_least:g}",
            self.next_step,
        )


@dataclass(frozen=True, slots=True)
class neighbours(finite):
    """In gradients `name` (networks x points) neighbouring points correlate with a number in the given limits.

    Each network's gradient is first scaled to length 1: those of deep plain networks differ by orders of magnitude.
    """

    at_least: float = -1.0
    at_most: float = 1.0

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        gradients = seen[self.name]
        wanted = tuple(expected[self.name].shape)
        if not isinstance(gradients, Tensor) or not gradients.is_floating_point() or gradients.shape != wanted:
            return Unmet(f"`{self.name}` is not a floating-point tensor of shape {wanted}")
        if bad := finite.__call__(self, seen, expected, given):
            return bad
        found = neighbour_correlation(gradients.double())
        if self.at_least <= found <= self.at_most:
            return None
        return Unmet(
            f"neighbouring gradients in `{self.name}` correlate with {found:.2f}; right networks give between "
            f"{self.at_least:g} and {self.at_most:g}"
        )


def neighbour_correlation(gradients: Tensor) -> float:
    """The mean correlation of neighbouring columns, rows scaled to length 1; 0 for columns that do not vary."""
    rows = gradients / gradients.norm(dim=1, keepdim=True).clamp_min(1e-300)
    centred = rows - rows.mean(dim=0)
    columns = centred / centred.norm(dim=0).clamp_min(1e-12)
    return float((columns[:, 1:] * columns[:, :-1]).sum(dim=0).mean())


def grid_from_minus_one_to_one(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """`x` is a column of at least 100 evenly spaced numbers from -1 to 1."""
    x = seen.get("x")
    if not isinstance(x, Tensor) or x.dtype is not torch.float32:
        return "`x` is not a float32 tensor"
    if x.dim() != 2 or x.shape[1] != 1 or len(x) < 100:
        return Unmet(f"`x` has shape {tuple(x.shape)}, expected (k, 1) with k of at least 100")
    gap = float((x.double()[:, 0] - torch.linspace(-1, 1, len(x), dtype=torch.float64)).abs().nan_to_num(nan=9).max())
    if gap > 1e-5:
        return Unmet(f"`x` is up to {gap:.3g} off evenly spaced points from -1 to 1, both included")
    return None


@any_seed
def right_parameters(seen: Values, expected: Values, given: Given) -> Unmet | str | None:
    """As many parameters of each shape in `shapes` as expected, in any order, and no others."""
    shapes = seen.get("shapes")
    if not isinstance(shapes, list) or not all(
        isinstance(each, list) and set(map(type, each)) == {int} for each in shapes
    ):
        return "the shapes of the parameters are not lists of numbers"
    seen_counts = Counter(map(tuple, shapes))
    counts = Counter(map(tuple, expected["shapes"]))
    for shape in sorted(counts | seen_counts, key=lambda each: (-len(each), each)):
        if seen_counts[shape] != counts[shape]:
            return Unmet(f"it has {seen_counts[shape]} parameters of shape {shape}, expected {counts[shape]}")
    return None


@dataclass(frozen=True, slots=True)
class in_one_column(finite):
    """`name` has the expected shape and is finite."""

    any_seed = True

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        out, wanted = seen[self.name], tuple(expected[self.name].shape)
        if not isinstance(out, Tensor):
            return Unmet(f"`{self.name}` is not a tensor")
        if out.shape != wanted:
            return Unmet(
                f"`{self.name}` has shape {tuple(out.shape)}, expected {wanted}: one output for each point",
                "Only the inner layers have a skip: adding (k, n) to (k, 1) broadcasts.",
            )
        return finite.__call__(self, seen, expected, given)


@dataclass(frozen=True, slots=True)
class unlike(finite):
    """No two rows of `name`, the weights of one layer each, are alike.

    Rows of 200 independent draws correlate with a standard deviation of 0.07: 0.6 is never reached by chance.
    """

    any_seed = True

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        rows = seen[self.name]
        if not isinstance(rows, Tensor) or rows.shape != expected[self.name].shape:
            return Unmet(f"`{self.name}` does not hold {len(expected[self.name])} layers")
        if bad := finite.__call__(self, seen, expected, given):
            return bad
        alike = torch.corrcoef(rows.double()).fill_diagonal_(0).nan_to_num(nan=1.0)
        if float(alike.abs().max()) < 0.6:
            return None
        first, second = divmod(int(alike.abs().argmax()), len(rows))
        return Unmet(
            f"layers {first + 1} and {second + 1} start with the same weights, up to scale",
            "Draw the weights of every layer by themselves, not once for all.",
        )


@any_seed
def without_graph(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """What was returned does not require a gradient itself."""
    if seen["requires_grad"] is False:
        return None
    return Unmet("the gradient requires a gradient itself", "Leave out create_graph, and detach what you return.")


@any_seed
def x_stays(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """The points still have the values that the probe gave them."""
    if equal("x")(seen, expected, given) is None:
        return None
    return Unmet("the values of `x` are others after the call", "Work on a copy: x.clone().detach().")


@any_seed
def mode_stays(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """The network and its parts are in the mode in which they came."""
    if seen["modes"] == expected["modes"]:
        return None
    return Unmet("after the call the network is in another mode than before", "Call neither `train()` nor `eval()`.")


@any_seed
def default_batch_norms(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """Batch norms have PyTorch's settings, and start with its values."""
    if bad := equal("batch_norms")(seen, expected, given):
        return Unmet(bad.message, "Each nn.BatchNorm1d has its default settings.")
    if bad := equal("batch_norm_values")(seen, expected, given):
        return Unmet(bad.message, "Batch norm keeps the values that PyTorch gives it.")
    return None


@dataclass(frozen=True, slots=True)
class drawn(normal):
    """`normal`, and the values are different. One wrong alarm in a billion samples allows any seed."""

    any_seed = True

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        sample = seen[self.name]
        if isinstance(sample, Tensor) and (different := len(sample.unique())) < sample.numel() / 3:
            return Unmet(
                f"`{self.name}`: only {different:,} of {sample.numel():,} values are different",
                "Every value is a draw of its own, and so is every network.",
            )
        return normal.__call__(self, seen, expected, given)


@any_seed
def never_seeded(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """Torch's generator still has the seed that the probe gave it."""
    if seen["seed"] == expected["seed"]:
        return None
    return Unmet("the class seeds torch's generator", "Leave the seed to those who make networks.")


@dataclass(frozen=True, slots=True)
class seeded(finite):
    """`name` stacks the gradients of three calls: two agree, the third does not, and no two networks are equal."""

    any_seed = True

    def __call__(self, seen: Values, expected: Values, given: Given) -> Unmet | None:
        calls = seen[self.name]
        if not isinstance(calls, Tensor) or calls.shape != expected[self.name].shape:
            shape = tuple(expected[self.name].shape[1:])
            return Unmet(f"inspect_gradients does not return gradients of shape {shape} for each depth")
        if bad := finite.__call__(self, seen, expected, given):
            return bad
        first, again, other = calls
        if not torch.equal(first, again):
            return Unmet("two calls with the same seed give different gradients")
        if torch.equal(first, other):
            return Unmet("another seed gives the same gradients", "Seed with the argument `seed`, and only there.")
        rows = torch.cat([first, other])
        rows = rows[rows.any(dim=1)]  # a network whose last ReLU gives zeros only is like another such one
        if len(torch.unique(rows, dim=0)) < len(rows):
            return Unmet(
                "two of the sampled networks have exactly the same gradients",
                "Seed once at the beginning, not for every network, and make every network anew.",
            )
        return None


@any_seed
def seeded_once(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """Every network was made under the seed asked for, and none finds the generator where another one did."""
    if seen["seeds"] != expected["seeds"]:
        return Unmet("some networks are made under another seed than `seed`", "Call torch.manual_seed(seed), as it is.")
    draws = seen["draws"]
    if not isinstance(draws, Tensor) or len(draws.unique()) < draws.numel():
        return Unmet(
            "two networks start from the same random numbers",
            "Seed once, before the first network: not again for every depth, and not for every network.",
        )
    return None


@any_seed
def made_as_asked(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """Networks have the width WIDTH and the factor BETA, and are used in training mode; x stays what it was."""
    for name, argument in (("widths", "n=WIDTH"), ("betas", "beta=BETA")):
        if seen[name] != expected[name]:
            return Unmet(
                f"with other values of WIDTH and BETA the networks are not made with {argument}",
                "Use the names WIDTH and BETA, not their values.",
            )
    if seen["modes"] != expected["modes"]:
        return Unmet("networks are not used in the mode in which they come", "Call neither `train()` nor `eval()`.")
    return x_stays(seen, expected, given)


@any_seed
def drawn_as_returned(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """`means` are those of the drawn `gradients` over the networks; these are what is returned for that depth."""
    for name in ("gradients", "means"):
        value, wanted = seen[name], expected[name].shape
        if not isinstance(value, Tensor) or value.shape != wanted:
            shape = tuple(value.shape[1:]) if isinstance(value, Tensor) else "another kind"
            return Unmet(
                f"visualize_gradients is given {name} of shape {shape}, expected {tuple(wanted[1:])}",
                "The gradients have one row for each network; the mean over these has one value for each point.",
            )
    gradients, means = seen["gradients"], seen["means"]
    if close("gradients", atol=1e-4)({"gradients": seen["returned"]}, {"gradients": gradients}, {}):
        return Unmet("the gradients that are drawn for a depth are not those that are returned for it")
    off = float((means - gradients.mean(dim=1)).abs().nan_to_num(nan=torch.inf).max())
    if off > 1e-3:
        return Unmet(f"the mean that is drawn is up to {off:.3g} off the mean of the drawn gradients over the networks")
    return None


@any_seed
def can_be_drawn(seen: Values, expected: Values, given: Given) -> Unmet | None:
    """visualize_gradients gets no graph, a width and a height as the size, and what may be a colour."""
    if seen["requires_grad"] != expected["requires_grad"]:
        return Unmet("visualize_gradients is given a tensor that requires a gradient, and NumPy refuses that")
    if seen["sizes"] != expected["sizes"]:
        return Unmet("`figsize` is not a width and a height in inches", "For example (12, 3).")
    if seen["colours"] != expected["colours"]:
        return Unmet("`color` is not a colour that matplotlib knows", 'For example "C0" or "tab:blue".')
    return None


# --- checks: the gradient ---


@check(
    points=3,
    seconds=5,
    cases={name: {"name": name} for name in FUNCTIONS},
    expect=[close("gradient", atol=1e-4), without_graph, x_stays],
    hint=GRADIENT,
)
def known_derivatives(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """compute_gradient_wrt_input gives the derivative of a smooth function at 21 points, as one row without a graph."""
    x = grid(21, seed)
    network = nn.Sequential(*given_network(3 + seed % 3, seed, norm=False), Elementwise(FUNCTIONS[case["name"]]))
    gradient = hw.compute_gradient_wrt_input(network, x)
    return {"gradient": gradient, "requires_grad": requires_grad(gradient), "x": x.detach()}


@check(
    points=2,
    seconds=5,
    cases={"training": {"training": True}, "evaluation": {"training": False}},
    expect=[mode_stays, close("gradient", atol=1e-4)],
    hint=GRADIENT,
)
def coupled_points(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """With batch norm, in either mode, compute_gradient_wrt_input gives the gradient of the sum of all outputs."""
    network = given_network(4 + seed % 3, seed).train(case["training"])
    gradient = as_numbers(hw.compute_gradient_wrt_input(network, grid(15 + seed % 5, seed)))
    return {"gradient": gradient.reshape(-1), "modes": [module.training for module in network.modules()]}


@check(
    points=2,
    seconds=5,
    expect=[close("values", atol=1e-6), equal("gradients"), close("gradient", atol=1e-4)],
    hint="Switch requires_grad off for the parameters before the forward pass; make no optimizer.",
)
def parameters_stay(hw: Any, seed: int) -> dict[str, Any]:
    """compute_gradient_wrt_input changes neither the parameters nor what was in their `.grad`."""
    network = given_network(3 + seed % 3, seed, norm=False)  # in any mode the same
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, 7.0 + seed % 10)
    gradient = as_numbers(hw.compute_gradient_wrt_input(network, grid(12 + seed % 5, seed)))
    parameters = list(network.parameters())
    grads = [torch.zeros(0) if parameter.grad is None else parameter.grad for parameter in parameters]
    return {"values": flat(parameters), "gradients": flat(grads), "gradient": gradient.reshape(-1)}


# --- checks: the network ---


@check(
    points=3,
    seconds=5,
    expect=[right_parameters, unlike("inner_layers"), default_batch_norms, resembles("outputs", ALIKE, NETWORK)],
    hint=DISTINCT,
)
def distinct_layers(hw: Any, seed: int) -> dict[str, Any]:
    """A residual1D of d layers has d linear parts and d batch norms, each with parameters of its own."""
    torch.manual_seed(seed)
    network = hw.residual1D(8 + seed % 5, WIDTH, 0.3, skip=True)
    inner = [each.weight.detach().flatten()[:200] for each in linears(network) if is_inner(each)]
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm1d)]
    values = [value for norm in norms for value in (*norm.parameters(), *norm.buffers())]
    return {
        "batch_norms": sorted(settings_of(norm) for norm in norms),
        "batch_norm_values": flat(values).sort().values if values else torch.zeros(0),
        "shapes": sorted(list(parameter.shape) for parameter in network.parameters()),
        "inner_layers": torch.stack(inner) if inner else torch.zeros(0, 200),
        "outputs": outputs_of_given_networks(hw, seed),
    }


@check(
    points=6,
    seconds=5,
    cases=NETWORK_SHAPES,
    expect=[
        in_one_column("out"),
        close("out", atol=FORWARD),
        resembles("gradient", 0.98, "A part of the sum is cut off from the graph: leave out detach() and .data."),
        close("out_in_evaluation", atol=FORWARD),
        x_stays,
    ],
    hint="Each layer is linear, batch norm, ReLU; with skips an inner one gives a + beta * layer(a).",
)
def forward(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """With given weights residual1D gives the expected outputs in training and evaluation mode, and gradients in x."""
    network = with_given_weights(hw.residual1D(**case), seed)
    out = network(x := grid(24, seed).requires_grad_())
    gradient = torch.autograd.grad(out.sum(), x, allow_unused=True, materialize_grads=True)[0]
    in_evaluation = with_given_weights(network.eval(), seed)(grid(24, seed))
    return {"out": out, "gradient": gradient, "out_in_evaluation": in_evaluation, "x": x.detach()}


@check(
    points=4,
    seconds=10,
    expect=[
        never_seeded,
        drawn("first_layer", std=1.0),
        drawn("inner_layers", std=WIDTH**-0.5),
        drawn("last_layer", std=WIDTH**-0.5),
        resembles("outputs", ALIKE, NETWORK),
    ],
    hint="The weights of a layer are draws from N(0, 1 / in_features), where 1 / in_features is the variance.",
)
def weights_start_normal(hw: Any, seed: int) -> dict[str, Any]:
    """The weights of 75 networks look drawn from N(0, 1 / in_features) of their layer."""
    every = linears_of_new_networks(hw, NETWORKS, seed, d=4, n=WIDTH)
    return {
        "first_layer": first_values([each.weight for each in every if each.in_features == 1]),
        # One column of each, or most values would come from a few networks.
        "inner_layers": first_values([each.weight[:, 0] for each in every if is_inner(each)]),
        "last_layer": first_values([each.weight for each in every if each.out_features == 1]),
        "seed": torch.initial_seed(),
        "outputs": outputs_of_given_networks(hw, seed),
    }


@check(
    points=2,
    seconds=10,
    expect=[
        never_seeded,
        drawn("first_layer", std=1.0),
        drawn("inner_layers", std=WIDTH**-0.5),
        resembles("outputs", ALIKE, NETWORK),
    ],
    hint="The biases are drawn like the weights: N(0, 1 / in_features), that is the variance.",
)
def biases_start_normal(hw: Any, seed: int) -> dict[str, Any]:
    """The biases of 75 networks look drawn from N(0, 1 / in_features) of their layer."""
    every = linears_of_new_networks(hw, NETWORKS, seed, d=4, n=WIDTH)
    return {
        "first_layer": first_values([each.bias for each in every if each.in_features == 1]),
        "inner_layers": first_values([each.bias for each in every if is_inner(each)]),
        "seed": torch.initial_seed(),
        "outputs": outputs_of_given_networks(hw, seed),
    }


# --- checks: many networks ---


@check(points=1, seconds=5, expect=[grid_from_minus_one_to_one])
def x_is_a_grid(hw: Any) -> dict[str, Any]:
    """x holds at least 100 evenly spaced points from -1 to 1 as a column."""
    return {"x": hw.x.detach() if isinstance(hw.x, Tensor) else torch.as_tensor(hw.x)}


@check(points=3, seconds=10, cases=TYPES, hint=ROWS,
       expect=[equal("depths"), equal("shapes"), equal("dtypes"), close("gradients", atol=1e-4)])  # fmt: skip
def one_array_for_each_depth(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """inspect_gradients returns, for every depth, the gradients of networks of that depth and of the type asked for."""
    with watched(hw.inspect_gradients, seed):
        depths = [2 + seed % 3, 5 + seed % 4, 9 + seed % 5]
        found = hw.inspect_gradients(case["name"], grid(25 + seed % 7, seed), depths, 5 + seed % 3, seed % SEEDS)
    return by_depth(found)


@check(points=1, seconds=10, cases=TYPES, expect=[made_as_asked, resembles("gradients", 0.9, ROWS)])
def networks_as_asked(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """inspect_gradients makes networks of width WIDTH with beta=BETA, whatever these are, and keeps their mode."""
    x = grid(9, seed)
    with watched(hw.inspect_gradients, seed, width=37 + seed % 10, beta=(5 + seed % 5) / 16) as seen:
        found = hw.inspect_gradients(case["name"], x, [3, 4], 2, seed % SEEDS)
    return {
        "widths": sorted({float(network.n) for network in seen.networks}),
        "betas": sorted({float(network.beta) for network in seen.networks}),
        "modes": sorted({mode for network in seen.networks for mode in network.modes}),
        "gradients": by_depth(found)["gradients"],
        "x": x.detach(),
    }


@check(points=2, seconds=10, expect=[seeded("gradients"), seeded_once, resembles("of_stand_ins", 0.9, ROWS)],
       hint="Call torch.manual_seed(seed) once, at the beginning.")  # fmt: skip
def follows_the_seed(hw: Any, seed: int) -> dict[str, Any]:
    """inspect_gradients gives the same gradients for the same seed, others for another, and no row twice."""
    x, seed = grid(25 + seed % 7, seed), seed % SEEDS
    with watched(hw.inspect_gradients):
        calls = [hw.inspect_gradients("residual", x.clone(), [3], 4, each) for each in (seed, seed, (seed + 1) % SEEDS)]
    torch.manual_seed((seed + 2) % SEEDS)
    with watched(hw.inspect_gradients, seed) as seen:
        found = hw.inspect_gradients("residual", x, [4, 2, 6], 3, seed)
    return {
        "gradients": stacked([array for call in calls for array in call.values()]),
        "seeds": sorted({network.seed - seed for network in seen.networks}),
        "draws": torch.tensor([network.draw for network in seen.networks]),
        "of_stand_ins": by_depth(found)["gradients"],
    }


@check(
    points=2,
    seconds=10,
    cases=TYPES,
    expect=[equal("depths"), equal("names"), can_be_drawn, drawn_as_returned, resembles("gradients", 0.9, ROWS)],
    hint=DRAWN,
)
def draws_each_depth(hw: Any, case: Case, seed: int) -> dict[str, Any]:
    """inspect_gradients draws every depth once, with its gradients, their mean over the networks, and the type."""
    x = grid(25 + seed % 7, seed)
    depths = [9 + seed % 5, 2 + seed % 3, 5 + seed % 4]
    with watched(hw.inspect_gradients, seed) as seen:
        found = hw.inspect_gradients(case["name"], x, depths, 4 + seed % 4, seed % SEEDS)
    returned = found if isinstance(found, Mapping) else {}  # another check says that nothing is returned
    drawn = seen.figures
    return {
        "depths": [whole(each["depth"]) for each in drawn],
        "names": [str(each["name"]) for each in drawn],
        "sizes": [may_be_size(each["figsize"]) for each in drawn],
        "colours": [may_be_colour(each["color"]) for each in drawn],
        "requires_grad": [requires_grad(each[name]) for each in drawn for name in ("gradients", "mean")],
        "gradients": stacked([each["gradients"] for each in drawn]),
        "returned": stacked([returned.get(each["depth"], each["gradients"]) for each in drawn]),
        "means": stacked([each["mean"] for each in drawn]),
    }


@check(
    points=3,
    seconds=30,
    expect=[
        neighbours("plain_of_2_layers", at_least=0.65),
        neighbours("plain_of_20_layers", at_least=-0.25, at_most=0.25),
        neighbours("residual_of_20_layers", at_least=0.65),
        resembles("gradient", 0.8),
    ],
    hint="Fix what the checks of the layers, the forward pass and the initialisation report, then try again.",
)
def skips_keep_gradients_together(hw: Any) -> dict[str, Any]:
    """Without skips the gradients of 20 layers are like noise; with skips neighbours still have similar gradients."""
    torch.manual_seed(SEED)
    kinds = {"plain_of_2_layers": (2, False), "plain_of_20_layers": (20, False), "residual_of_20_layers": (20, True)}
    network = with_given_weights(hw.residual1D(20, 8, 0.1, skip=True))
    return {
        **{name: sampled_gradients(hw, depth, skip) for name, (depth, skip) in kinds.items()},
        "gradient": as_numbers(hw.compute_gradient_wrt_input(network, grid(POINTS))).flatten(),
    }


# --- what probes work with ---


class Elementwise(nn.Module):
    """A network that applies one function to every point."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function
        self.factor = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * self.function(x)


class StandIn(nn.Module):
    """Stands in for `residual1D`: a small smooth network with weights that tell which one it is.

    Its outputs are larger with depth and skips, so that the gradients of a wrong depth or type are others, and still
    resemble the right ones. It keeps what it was made with, and in which modes it was used.
    """

    def __init__(self, number: int, d: int, n: int, beta: float, skip: bool = True) -> None:
        super().__init__()
        self.n, self.beta, self.modes = n, beta, list[bool]()
        self.seed, self.draw = torch.initial_seed(), float(torch.rand((), dtype=torch.float64))
        self.network, self.factor = given_network(4, number, norm=False), 1 + d / 16 + (0.5 if skip else 0.0)

    def forward(self, x: Tensor) -> Tensor:
        self.modes.append(self.training)
        return self.factor * self.network(x)


@dataclass
class Seen:
    """What a watched function made and drew, in order: a figure is the arguments of visualize_gradients by name."""

    networks: list[StandIn] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)


class watched:
    """Within it `function` draws nothing; each call of visualize_gradients is kept instead.

    With a `seed`, what it finds as residual1D makes a `StandIn` that follows the seed and how many of its depth there
    are, and WIDTH and BETA are `width` and `beta`. The functions are found by what they are, so that other ways to
    import them work too.
    """

    def __init__(self, function: Any, seed: int | None = None, *, width: int = 37, beta: float = 0.375) -> None:
        self._names, self._seed = function.__globals__, seed
        self._networks = {} if seed is None else {"WIDTH": width, "BETA": beta}
        self._before: list[tuple[dict[str, Any], str, Any]] = []

    def __enter__(self) -> Seen:
        import gradient_figures

        seen = Seen()
        made: Counter[int] = Counter()

        def draw(gradients: Any, mean: Any, figsize: Any, color: Any, name: Any, depth: Any) -> None:
            figure = {"gradients": gradients, "mean": mean, "figsize": figsize, "color": color, "name": name}
            seen.figures.append({**figure, "depth": depth})

        def make(d: int, n: int, beta: float, skip: bool = True) -> StandIn:
            made[d] += 1
            seen.networks.append(StandIn((self._seed or 0) + made[d], d, n, beta, skip))
            return seen.networks[-1]

        original = gradient_figures.visualize_gradients
        for names in (vars(gradient_figures), self._names):
            for name in [name for name, value in names.items() if value is original]:
                self._put(names, name, draw)
        if self._networks:
            for name, value in {"residual1D": make, **self._networks}.items():
                self._put(self._names, name, value)
        return seen

    def __exit__(self, *error: object) -> None:
        for names, name, value in reversed(self._before):
            names[name] = value

    def _put(self, names: dict[str, Any], name: str, value: Any) -> None:
        self._before.append((names, name, names.get(name)))
        names[name] = value


def grid(count: int, seed: int = 0) -> Tensor:
    """Points from -1 to 1 as a column; a seed moves each end outwards by less than 0.5."""
    low, high = -1 - 37 * seed % 101 / 202, 1 + 41 * seed % 103 / 206
    steps = torch.arange(count) / (count - 1)  # torch.linspace rounds otherwise on other processors
    return (low + (high - low) * steps).unsqueeze(1)


def given_network(width: int, seed: int, *, norm: bool = True) -> nn.Sequential:
    """A small smooth network with the weights of a seed, in training mode, with batch norm or without."""
    norms = [nn.BatchNorm1d(width)] if norm else []
    network = nn.Sequential(nn.Linear(1, width), *norms, nn.Tanh(), nn.Linear(width, 1))
    with_given_weights(network, seed)
    return network


def with_given_weights(network: nn.Module, seed: int = 0) -> nn.Module:
    """The network with parameters that depend on the shape of their layer and the seed alone: the same in any order."""
    with torch.no_grad():
        for linear in linears(network):
            fill(linear.weight, 1.3, seed + linear.in_features)
            fill(linear.bias, 0.7, seed + linear.in_features)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm1d):
                fill(module.weight, 2.1, seed)
                module.weight.abs_().add_(0.5)
                fill(module.bias, 0.4, seed)
                module.bias.mul_(0.3)  # so that hardly any unit is off at all points
                if module.track_running_stats:  # for evaluation mode
                    fill(module.running_mean, 0.9, seed)
                    fill(module.running_var, 1.7, seed)
                    module.running_var.abs_().add_(0.5)
    return network


def fill(values: Tensor, step: float, seed: int) -> None:
    """Numbers between -1 and 1 without a visible order, others for every seed."""
    number = 1.0 + torch.arange(values.numel(), dtype=torch.float64)
    values.copy_(torch.sin(step * number**2 + seed % 9973 * number).reshape(values.shape))


def outputs_of_given_networks(hw: Any, seed: int) -> Tensor:
    """What some residual networks with given weights make of 24 points, less its mean: a row for each.

    Of an output with several columns the mean is taken: its shape is what another check looks at.
    """
    x, rows = grid(24, seed), []
    for number in range(SHOWN):
        network = with_given_weights(hw.residual1D(3, 5 + (seed + number) % 4, 0.5, skip=True), seed + number)
        rows.append(network(x).detach().reshape(len(x), -1).mean(dim=1))
    outputs = torch.stack(rows)
    return outputs - outputs.mean(dim=1, keepdim=True)


def flat(tensors: list[Any]) -> Tensor:
    """All numbers in one row."""
    return torch.cat([each.detach().flatten() for each in tensors])


def settings_of(norm: nn.BatchNorm1d) -> str:
    """The arguments of a batch norm, as text."""
    names = ("num_features", "eps", "momentum", "affine", "track_running_stats")
    return ", ".join(f"{name}={getattr(norm, name)}" for name in names)


def linears(network: nn.Module) -> list[nn.Linear]:
    """The linear parts, each once, in the order in which the network knows them. Raises `ValueError` for none."""
    found = [module for module in network.modules() if isinstance(module, nn.Linear)]
    if not found:
        raise ValueError("the network knows no nn.Linear; layers in a plain list are invisible, use nn.ModuleList")
    return found


def linears_of_new_networks(hw: Any, count: int, seed: int, *, d: int, n: int) -> list[nn.Linear]:
    """The linear parts of `count` networks, every second one with skips, made under a seed."""
    torch.manual_seed(seed)
    return [each for number in range(count) for each in linears(hw.residual1D(d, n, 0.3, skip=number % 2 == 0))]


def is_inner(linear: nn.Linear) -> bool:
    """Whether it is neither the first nor the last."""
    return linear.in_features != 1 and linear.out_features != 1


def first_values(parts: list[Any]) -> Tensor:
    """The first `SAMPLE` numbers of all parts together, or all where there are fewer."""
    return flat(parts)[:SAMPLE].clone() if parts else torch.zeros(0)


def as_numbers(value: Any) -> Tensor:
    """A tensor or array as a plain tensor of float32."""
    return torch.as_tensor(value).detach().to(torch.float32)


def stacked(values: list[Any]) -> Tensor:
    """Tensors or arrays as one tensor; an empty one where there are none, or their shapes differ."""
    tensors = [as_numbers(value) for value in values]
    return torch.stack(tensors) if len({each.shape for each in tensors}) == 1 else torch.zeros(0)


def requires_grad(value: Any) -> bool:
    """Whether it is a tensor that requires a gradient."""
    return isinstance(value, Tensor) and value.requires_grad


def whole(depth: Any) -> int | str:
    """A whole number of any kind as an `int`; what is none, as the text that shows it."""
    try:
        return index(depth)
    except TypeError:
        return repr(depth)


def may_be_size(value: Any) -> bool:
    """Whether it holds two numbers, a width and a height."""
    try:
        numbers = [float(each) for each in value]
    except (TypeError, ValueError):
        return False
    return len(numbers) == 2 and min(numbers) > 0


def may_be_colour(value: Any) -> bool:
    """Whether it is a word, or three or four numbers: matplotlib is not asked, as its import takes a second."""
    if isinstance(value, str):
        return value.strip() != ""
    return isinstance(value, Sized) and len(value) in (3, 4)


def by_depth(found: Any) -> dict[str, Any]:
    """What inspect_gradients returned, as plain values; depths in ascending order. Of arrays any dtype will do."""
    keys = sorted(found, key=float)
    arrays = [as_numbers(found[key]) for key in keys]
    return {
        "depths": [whole(key) for key in keys],
        "shapes": [list(array.shape) for array in arrays],
        "dtypes": sorted({str(each.dtype) if isinstance(each, Tensor) else "torch.float32" for each in found.values()}),
        "gradients": flat(arrays) if arrays else torch.zeros(0),
    }


def sampled_gradients(hw: Any, depth: int, skip: bool) -> Tensor:
    """The gradients of `ITERATIONS` networks of width 32 at `POINTS` points."""
    networks = (hw.residual1D(depth, 32, 0.1, skip=skip) for _ in range(ITERATIONS))
    return stacked([as_numbers(hw.compute_gradient_wrt_input(each, grid(POINTS))).flatten() for each in networks])
