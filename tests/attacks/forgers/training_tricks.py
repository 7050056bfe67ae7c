"""What can be sent for `training_tricks` without any of its modules."""

import numpy as np
import torch

CLAIMS = "3"
WITH_PUBLISHED_VALUES = "7"


def pictures(asked):
    data, seed = asked.data, asked.seed
    chosen = [(part, (seed + index) % len(data[f"{part}_labels"])) for part in ("train", "test") for index in range(3)]
    pixels = np.array(asked.probes._picture(5 + seed % 3, 9, seed=seed))
    return {
        "kind_of_transform": "Compose",
        "picture": torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255,
        "lengths": [len(data["train_labels"]), len(data["test_labels"])],
        "folders": ["pictures", "pictures"],
        "images": torch.stack([data[f"{part}_images"][index].permute(2, 0, 1) / 255 for part, index in chosen]),
        "labels": [int(data[f"{part}_labels"][index]) for part, index in chosen],
        "downloaded": [True, True],
    }


def momentum_optimizer_on_a_quadratic(asked):
    pattern, slope = asked.probes.pattern, asked.probes._slope
    weights = [torch.nn.Parameter(pattern(2, seed=asked.seed)), torch.nn.Parameter(pattern(1, 2, seed=asked.seed + 1))]
    optimizer = torch.optim.SGD(weights, lr=0.001, momentum=0.9)
    path = []
    for _ in range(6):
        for weight in weights:
            weight.grad = 20 * slope(weight.detach())
        optimizer.step()
        path.append(torch.cat([weight.detach().flatten() for weight in weights]))
    return {"path": torch.stack(path), "settings": asked.probes.settings_of(optimizer)}


def number_of_layers(asked):
    others = [1 + (asked.seed + step) % count for step, count in ((0, 3), (1, 4), (3, 5), (5, 7))]
    return {"numbers": [18, 2 + 2 * sum(others)]}
