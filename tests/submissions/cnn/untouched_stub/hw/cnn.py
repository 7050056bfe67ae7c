"""A convolutional network in blocks, with and without residual connections.

All images are float tensors of shape (N, C, H, W). Build layers in the order of the comments: under one seed the same
order gives the same weights, and saved results are compared with yours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .mlp import ACTIVATIONS, MLP

POOLINGS: dict[str, type[nn.Module]] = {"max": nn.MaxPool2d, "avg": nn.AvgPool2d}


class CNN(nn.Module):
    """[(CONV -> ACT)*P -> POOL]*(N/P) -> (FC -> ACT)*M -> FC: images to class scores.

    N is the number of convolutions, P = pool_every, M the number of hidden fully connected layers.
    """

    def __init__(
        self,
        in_size: Sequence[int],
        out_classes: int,
        channels: Sequence[int],
        pool_every: int,
        hidden_dims: Sequence[int],
        conv_params: Mapping[str, Any] | None = None,
        activation_type: str = "relu",
        activation_params: Mapping[str, Any] | None = None,
        pooling_type: str = "max",
        pooling_params: Mapping[str, Any] | None = None,
    ) -> None:
        """Build the feature extractor, then the fully connected part.

        Args:
            in_size: (C, H, W) of one image, without the batch axis.
            out_classes: number of scores for each image.
            channels: output channels of each convolution; its length is N.
            pool_every: number of convolutions before each pooling layer, P.
            hidden_dims: widths of the hidden fully connected layers; its length is M.
            conv_params: keywords of every `nn.Conv2d` (kernel_size, stride, padding).
            activation_type: a name in ACTIVATIONS, for convolutions and hidden layers.
            activation_params: keywords of every activation.
            pooling_type: a name in POOLINGS.
            pooling_params: keywords of every pooling layer.
        """
        super().__init__()
        self.in_size = torch.Size(in_size)
        self.out_classes = out_classes
        self.channels = list(channels)
        self.pool_every = pool_every
        self.hidden_dims = list(hidden_dims)
        self.conv_params = dict(conv_params or {})
        self.activation_type = activation_type
        self.activation_params = dict(activation_params or {})
        self.pooling_type = pooling_type
        self.pooling_params = dict(pooling_params or {})

        self.feature_extractor = self._make_feature_extractor()
        self.mlp = self._make_mlp()

    def _make_feature_extractor(self) -> nn.Sequential:
        """Return [(CONV -> ACT)*P -> POOL]*(N/P).

        A pooling layer follows every P-th convolution (after its activation). Where P does not divide N, the
        convolutions left over at the end have no pooling layer.
        """
        raise NotImplementedError("build the convolutions, activations and pooling layers")

    def _make_activation(self) -> nn.Module:
        """Return a new activation as configured."""
        return ACTIVATIONS[self.activation_type](**self.activation_params)

    def _make_pooling(self) -> nn.Module:
        """Return a new pooling layer as configured."""
        return POOLINGS[self.pooling_type](**self.pooling_params)

    def _n_features(self) -> int:
        """Return how many numbers the feature extractor gives for one image of size `in_size`.

        Working this out must change nothing: neither torch's random state (layers built later would start from other
        weights) nor the running statistics of batch normalisation.
        """
        raise NotImplementedError("work out the number of features, without drawing random numbers")

    def _make_mlp(self) -> MLP:
        """Return (FC -> ACT)*M -> FC, from the extracted features to the class scores, as one MLP."""
        raise NotImplementedError("build the fully connected part")

    def forward(self, x: Tensor) -> Tensor:
        """Return class scores (raw, no softmax): (N, C, H, W) -> (N, out_classes)."""
        raise NotImplementedError("extract the features, flatten them, apply the fully connected part")


class ResidualBlock(nn.Module):
    """relu(main_path(x) + shortcut_path(x)): (N, in_channels, H, W) -> (N, channels[-1], H, W)."""

    def __init__(
        self,
        in_channels: int,
        channels: Sequence[int],
        kernel_sizes: Sequence[int],
        batchnorm: bool = False,
        dropout: float = 0.0,
        activation_type: str = "relu",
        activation_params: Mapping[str, Any] | None = None,
    ) -> None:
        """Build the main path, then the shortcut path.

        Args:
            in_channels: channels of the input.
            channels: output channels of each convolution of the main path.
            kernel_sizes: its kernel sizes, all odd: with padding k // 2 they keep height and width.
            batchnorm: whether batch normalisation stands between convolutions.
            dropout: probability of dropping a whole channel between convolutions; 0 for none.
            activation_type: a name in ACTIVATIONS, between convolutions.
            activation_params: keywords of every activation.

        Raises ValueError where the lists differ in length or are empty, or a kernel size is even.
        """
        super().__init__()
        if not channels or len(channels) != len(kernel_sizes):
            raise ValueError(f"need as many kernel sizes as channels, at least one; got {kernel_sizes} and {channels}")
        if any(size % 2 == 0 for size in kernel_sizes):
            raise ValueError(f"kernel sizes must be odd to keep height and width; got {kernel_sizes}")
        activation_params = dict(activation_params or {})

        # Main path: all convolutions with bias. Behind each but the last, in this order: Dropout2d (where dropout > 0),
        # BatchNorm2d (where batchnorm), activation. Behind the last: nothing.
        # Shortcut path: the identity; where the numbers of channels differ, one 1x1 convolution without bias.
        self.main_path: nn.Sequential
        self.shortcut_path: nn.Module
        raise NotImplementedError("build the main path, then the shortcut path")

    def forward(self, x: Tensor) -> Tensor:
        """Return relu(main_path(x) + shortcut_path(x)); the last ReLU is one whatever `activation_type` says."""
        raise NotImplementedError("add the two paths and apply the last ReLU")


class ResidualBottleneckBlock(ResidualBlock):
    """A residual block that works on few channels: 1x1 down, the inner convolutions, 1x1 back up."""

    def __init__(
        self,
        in_out_channels: int,
        inner_channels: Sequence[int],
        inner_kernel_sizes: Sequence[int],
        **kwargs: Any,
    ) -> None:
        """Build the block.

        Args:
            in_out_channels: channels of the input and of the output.
            inner_channels: channels of the inner convolutions; the first is also what the first 1x1 goes down to.
            inner_kernel_sizes: kernel sizes of the inner convolutions, without the two 1x1 ones.
            kwargs: everything else that ResidualBlock takes.
        """
        raise NotImplementedError("call ResidualBlock's constructor with the whole list of channels and kernel sizes")


class ResNet(CNN):
    """A CNN whose every P convolutions are one residual block: [BLOCK -> POOL]*(N/P) -> (FC -> ACT)*M -> FC."""

    def __init__(
        self,
        in_size: Sequence[int],
        out_classes: int,
        channels: Sequence[int],
        pool_every: int,
        hidden_dims: Sequence[int],
        batchnorm: bool = False,
        dropout: float = 0.0,
        bottleneck: bool = False,
        **kwargs: Any,
    ) -> None:
        """Build the network.

        Args:
            in_size, out_classes, channels, pool_every, hidden_dims: as for CNN.
            batchnorm, dropout: passed on to every block.
            bottleneck: whether to use bottleneck blocks where they fit (see `_make_feature_extractor`).
            kwargs: the activation's and pooling's type and keywords, as for CNN.
        """
        # CNN's constructor already builds the blocks, so what they need must be known before it runs.
        self.batchnorm = batchnorm
        self.dropout = dropout
        self.bottleneck = bottleneck
        super().__init__(in_size, out_classes, channels, pool_every, hidden_dims, **kwargs)

    def _make_feature_extractor(self) -> nn.Sequential:
        """Return [BLOCK -> POOL]*(N/P), one residual block for every P convolutions, all with 3x3 kernels.

        Where P does not divide N, the channels left over make a last, shorter block without a pooling layer. With
        `bottleneck`, a group of at least three channels whose last number is also the number of the group's input
        channels becomes a bottleneck block around the channels between its first and last; every other group is an
        ordinary block.
        """
        raise NotImplementedError("build the blocks and pooling layers")
