"""The networks."""

import torch
from torch import nn

from .mlp import ACTIVATIONS, MLP

POOLINGS = {"max": nn.MaxPool2d, "avg": nn.AvgPool2d}


class CNN(nn.Module):
    def __init__(
        self, in_size, out_classes, channels, pool_every, hidden_dims, conv_params=None,
        activation_type="relu", activation_params=None, pooling_type="max", pooling_params=None,
    ):
        super().__init__()
        self.in_size = in_size
        self.out_classes = out_classes
        self.channels = channels
        self.pool_every = pool_every
        self.hidden_dims = hidden_dims
        self.conv_params = conv_params or {}
        self.activation_type = activation_type
        self.activation_params = activation_params or {}
        self.pooling_type = pooling_type
        self.pooling_params = pooling_params or {}

        self.feature_extractor = self._make_feature_extractor()
        self.mlp = self._make_mlp()

    def _activation(self):
        return ACTIVATIONS[self.activation_type](**self.activation_params)

    def _pooling(self):
        return POOLINGS[self.pooling_type](**self.pooling_params)

    def _make_feature_extractor(self):
        layers = []
        widths = [self.in_size[0], *self.channels]
        for i in range(len(self.channels)):
            layers.append(nn.Conv2d(widths[i], widths[i + 1], **self.conv_params))
            layers.append(self._activation())
            if (i + 1) % self.pool_every == 0:
                layers.append(self._pooling())
        return nn.Sequential(*layers)

    def _n_features(self):
        # keep the random state, dropout would move it
        state = torch.get_rng_state()
        self.feature_extractor.eval()
        with torch.no_grad():
            n = self.feature_extractor(torch.zeros(1, *self.in_size)).numel()
        self.feature_extractor.train()
        torch.set_rng_state(state)
        return n

    def _make_mlp(self):
        nonlins = [self._activation() for _ in self.hidden_dims] + ["none"]
        return MLP(self._n_features(), [*self.hidden_dims, self.out_classes], nonlins)

    def forward(self, x):
        features = self.feature_extractor(x)
        return self.mlp(features.reshape(len(x), -1))


class ResidualBlock(nn.Module):
    def __init__(
        self, in_channels, channels, kernel_sizes, batchnorm=False, dropout=0.0,
        activation_type="relu", activation_params=None,
    ):
        super().__init__()
        assert channels and len(channels) == len(kernel_sizes)
        main = []
        n_in = in_channels
        for n_out, k in zip(channels[:-1], kernel_sizes[:-1]):
            main.append(nn.Conv2d(n_in, n_out, k, padding=k // 2))
            if dropout:
                main.append(nn.Dropout2d(dropout))
            if batchnorm:
                main.append(nn.BatchNorm2d(n_out))
            main.append(ACTIVATIONS[activation_type](**(activation_params or {})))
            n_in = n_out
        main.append(nn.Conv2d(n_in, channels[-1], kernel_sizes[-1], padding=kernel_sizes[-1] // 2))
        self.main_path = nn.Sequential(*main)

        self.shortcut_path = nn.Sequential()
        if in_channels != channels[-1]:
            self.shortcut_path.append(nn.Conv2d(in_channels, channels[-1], 1, bias=False))

    def forward(self, x):
        return torch.relu(self.main_path(x) + self.shortcut_path(x))


class ResidualBottleneckBlock(ResidualBlock):
    def __init__(self, in_out_channels, inner_channels, inner_kernel_sizes, **kwargs):
        channels = [inner_channels[0], *inner_channels, in_out_channels]
        super().__init__(in_out_channels, channels, [1, *inner_kernel_sizes, 1], **kwargs)


class ResNet(CNN):
    def __init__(
        self, in_size, out_classes, channels, pool_every, hidden_dims,
        batchnorm=False, dropout=0.0, bottleneck=False, **kwargs,
    ):
        self.batchnorm = batchnorm
        self.dropout = dropout
        self.bottleneck = bottleneck
        super().__init__(in_size, out_classes, channels, pool_every, hidden_dims, **kwargs)

    def _make_feature_extractor(self):
        layers = []
        n_in = self.in_size[0]
        options = dict(
            batchnorm=self.batchnorm, dropout=self.dropout,
            activation_type=self.activation_type, activation_params=self.activation_params,
        )
        for start in range(0, len(self.channels), self.pool_every):
            group = list(self.channels[start : start + self.pool_every])
            if self.bottleneck and len(group) > 2 and n_in == group[-1]:
                inner = group[1:-1]
                layers.append(ResidualBottleneckBlock(n_in, inner, [3] * len(inner), **options))
            else:
                layers.append(ResidualBlock(n_in, group, [3] * len(group), **options))
            if len(group) == self.pool_every:
                layers.append(self._pooling())
            n_in = group[-1]
        return nn.Sequential(*layers)
