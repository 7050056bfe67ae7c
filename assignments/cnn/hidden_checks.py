"""The hidden checks of `cnn`: the same classes at other sizes, on images that are not square, in batches."""

from typing import Any

import torch
from checks import SEED, Case, pattern

from grader import check, close, layers

CNNS: dict[str, Case] = {
    "wide": {
        "in_size": (1, 20, 36), "out_classes": 4, "channels": [5, 7, 6], "pool_every": 2, "hidden_dims": [],
        "conv_params": {"kernel_size": 3, "padding": 1}, "activation_type": "tanh",
        "pooling_type": "avg", "pooling_params": {"kernel_size": 2},
    },
    "tall": {
        "in_size": (2, 37, 15), "out_classes": 6, "channels": [4, 8], "pool_every": 1, "hidden_dims": [9, 5],
        "conv_params": {"kernel_size": 3, "stride": 2, "padding": 2}, "activation_type": "lrelu",
        "activation_params": {"negative_slope": 0.3}, "pooling_params": {"kernel_size": 2, "stride": 1},
    },
}  # fmt: skip


@check(points=4, seconds=10, cases=CNNS, expect=[close("scores", atol=1e-4)])
def cnn_of_other_sizes(hw: Any, case: Case, device: torch.device) -> dict[str, Any]:
    """CNN works for any size of image, square or not, in batches."""
    torch.manual_seed(SEED)
    net = hw.cnn.CNN(**case).to(device)
    return {"scores": net(pattern(3, *case["in_size"]).to(device)), "layers": layers(net)}


@check(points=2, seconds=10, expect=[close("training", atol=1e-4), close("evaluating", atol=1e-4)])
def blocks_of_other_sizes(hw: Any) -> dict[str, Any]:
    """Residual blocks work on batches of images that are not square, in training and in evaluation mode."""
    torch.manual_seed(SEED)
    options = {"batchnorm": True, "dropout": 0.3, "activation_type": "tanh"}
    blocks = torch.nn.Sequential(
        hw.cnn.ResidualBlock(5, [7, 6, 5], [1, 5, 3], **options),
        hw.cnn.ResidualBottleneckBlock(5, [3, 4], [5, 3], **options),
        hw.cnn.ResidualBlock(5, [2], [3], **options),
    )
    torch.manual_seed(SEED)
    x = pattern(3, 5, 9, 14)
    return {"training": blocks(x), "evaluating": blocks.eval()(x), "layers": layers(blocks)}


@check(points=2, seconds=10, expect=[close("training", atol=1e-4), close("evaluating", atol=1e-4)])
def resnet_of_other_sizes(hw: Any) -> dict[str, Any]:
    """ResNet works on batches of images that are not square, with ordinary, bottleneck and left-over blocks."""
    torch.manual_seed(SEED)
    net = hw.cnn.ResNet(
        (2, 13, 22), 7, [8, 4, 8, 6, 5, 8, 6, 8], 3, [12], batchnorm=True, dropout=0.2, bottleneck=True,
        activation_type="lrelu", activation_params={"negative_slope": 0.2},
        pooling_type="avg", pooling_params={"kernel_size": 2},
    )  # fmt: skip
    torch.manual_seed(SEED)
    x = pattern(4, 2, 13, 22)
    return {"training": net(x), "evaluating": net.eval()(x), "layers": layers(net)}
