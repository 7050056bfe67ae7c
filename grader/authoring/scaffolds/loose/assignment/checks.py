"""The public checks: students get this file with its expected values, and run it with `grader check` or pytest.

A check is a probe, which runs beside the student's code and returns values, and criteria, which compare these values
with those of the reference solution. The function's name is the check's name, its docstring is what students read.
"""

import torch

from grader import answered, check, close, layers, unchanged


# `hw` has the students' modules as they import them: `hw.layers` is what `import layers` gives.
# `seed` is 1 and 2 here, and secret when a class is graded: inputs and sizes follow it, so nothing can be looked up.
# What is returned does not show whether `x` was changed in place, nor whether gradients flow: both are looked at, too.
@check(
    points=4,
    seconds=5,
    expect=[close("columns", atol=1e-5), unchanged("x"), close("gradient", atol=1e-3, rtol=1e-3)],
    hint="Which axis is a column?",
)
def standardises(hw, seed):
    """standardise gives every column mean 0 and standard deviation 1, leaves `x` as it is, and lets gradients flow."""
    torch.manual_seed(seed)
    rows = torch.rand(4 + seed % 5, 3, requires_grad=True)
    x = 10 * rows
    columns = hw.layers.standardise(x)
    columns.pow(3).sum().backward()
    return {"columns": columns, "x": x, "gradient": rows.grad}


# The points are shared by the cases, each of which has a verdict of its own. `layers` is compared by no criterion: it
# is shown where the scores are wrong.
@check(
    points=6,
    seconds=5,
    cases={"narrow": {"inner": 2}, "wide": {"inner": 16}},
    expect=[close("scores", atol=1e-4), close("gradient", atol=1e-4)],
    hint="Layers draw their first weights when they are made: keep the order of the task.",
)
def two_layers_forward(hw, case, seed):
    """two_layers and scores give the expected scores, and these the network's weights their gradients."""
    torch.manual_seed(seed)
    net = hw.network.two_layers(**case)
    scores = hw.network.scores(net, torch.rand(3 + seed % 4, 4))
    scores.square().sum().backward()
    gradient = torch.cat([weights.grad.flatten() for weights in net.parameters()])
    return {"scores": scores, "gradient": gradient, "layers": layers(net)}


# For no points: it tells students whether there is an answer, which people grade.
@check(points=0, seconds=5, expect=[answered("why", template="Write your answer here.")])
def written_answer(hw):
    """The question has an answer."""
    return {"why": hw.network.why()}
