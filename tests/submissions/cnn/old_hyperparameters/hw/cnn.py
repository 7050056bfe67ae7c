"""The networks, written with functions."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATE = {
    "relu": F.relu,
    "lrelu": F.leaky_relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "none": lambda x: x,
}
POOL = {"max": F.max_pool2d, "avg": F.avg_pool2d}


class CNN(nn.Module):
    def __init__(
        self, in_size, out_classes, channels, pool_every, hidden_dims, conv_params=None,
        activation_type="relu", activation_params=None, pooling_type="max", pooling_params=None,
    ):
        super().__init__()
        self.pool_every = pool_every
        self.act = partial(ACTIVATE[activation_type], **(activation_params or {}))
        self.act_config = {"activation_type": activation_type, "activation_params": activation_params}
        self.pool = partial(POOL[pooling_type], **(pooling_params or {}))

        self.stages = nn.ModuleList(self.make_stages(in_size[0], list(channels), conv_params or {}))
        size = self.extract(torch.zeros(1, *in_size)).numel()
        self.fcs = nn.ModuleList()
        for width in [*hidden_dims, out_classes]:
            self.fcs.append(nn.Linear(size, width))
            size = width

    def make_stages(self, n_in, channels, conv_params):
        convs = []
        for n_out in channels:
            convs.append(nn.Conv2d(n_in, n_out, **conv_params))
            n_in = n_out
        return convs

    def extract(self, x):
        for number, conv in enumerate(self.stages, start=1):
            x = self.act(conv(x))
            if number % self.pool_every == 0:
                x = self.pool(x)
        return x

    def forward(self, x):
        x = torch.flatten(self.extract(x), 1)
        for fc in self.fcs[:-1]:
            x = self.act(fc(x))
        return self.fcs[-1](x)


class ResidualBlock(nn.Module):
    def __init__(
        self, in_channels, channels, kernel_sizes, batchnorm=False, dropout=0.0,
        activation_type="relu", activation_params=None,
    ):
        super().__init__()
        self.act = partial(ACTIVATE[activation_type], **(activation_params or {}))
        self.p = dropout
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        n_in = in_channels
        for n_out, k in zip(channels, kernel_sizes):
            self.convs.append(nn.Conv2d(n_in, n_out, k, padding=(k - 1) // 2))
            self.norms.append(nn.BatchNorm2d(n_out) if batchnorm else nn.Identity())
            n_in = n_out
        self.norms.pop(-1)  # nothing comes behind the last convolution
        self.project = None if in_channels == n_in else nn.Conv2d(in_channels, n_in, 1, bias=False)

    def forward(self, x):
        y = x
        for conv, norm in zip(self.convs[:-1], self.norms):
            y = conv(y)
            if self.p > 0:
                y = F.dropout2d(y, self.p, self.training)
            y = self.act(norm(y))
        y = self.convs[-1](y)
        return F.relu(y + (x if self.project is None else self.project(x)))


class ResidualBottleneckBlock(ResidualBlock):
    def __init__(self, in_out_channels, inner_channels, inner_kernel_sizes, **kwargs):
        super().__init__(
            in_out_channels,
            [inner_channels[0]] + list(inner_channels) + [in_out_channels],
            [1] + list(inner_kernel_sizes) + [1],
            **kwargs,
        )


class ResNet(CNN):
    def __init__(
        self, in_size, out_classes, channels, pool_every, hidden_dims,
        batchnorm=False, dropout=0.0, bottleneck=False, **kwargs,
    ):
        self.block_config = {"batchnorm": batchnorm, "dropout": dropout}
        self.bottleneck = bottleneck
        super().__init__(in_size, out_classes, channels, pool_every, hidden_dims, **kwargs)

    def make_stages(self, n_in, channels, conv_params):
        config = {**self.block_config, **self.act_config}
        self.pooled = len(channels) // self.pool_every
        blocks = []
        while channels:
            group, channels = channels[: self.pool_every], channels[self.pool_every :]
            if self.bottleneck and len(group) >= 3 and group[-1] == n_in:
                blocks.append(ResidualBottleneckBlock(n_in, group[1:-1], [3] * len(group[1:-1]), **config))
            else:
                blocks.append(ResidualBlock(n_in, group, [3] * len(group), **config))
            n_in = group[-1]
        return blocks

    def extract(self, x):
        if not hasattr(self, "fcs"):  # only the shape is wanted: no dropout masks, no batch statistics
            self.eval()
            with torch.no_grad():
                x = self.through_blocks(x)
            self.train()
            return x
        return self.through_blocks(x)

    def through_blocks(self, x):
        for number, block in enumerate(self.stages):
            x = block(x)
            if number < self.pooled:
                x = self.pool(x)
        return x
