"""Four blocks of convolutions: a plain one and three with a skip connection.

All keep height and width. All activate their input before the first convolution, and none changes the tensor that it
is given: the caller may still need it.
"""

import torch
from torch import nn


class ConvBlock(nn.Module):
    """The plain block: (N, channels, H, W) -> (N, channels, H, W), without a skip connection."""

    def __init__(self, channels: int) -> None:
        """Create conv1 (channels -> channels // 2), bn1, conv2 (channels // 2 -> channels); `channels` is even."""
        super().__init__()
        raise NotImplementedError("create conv1, bn1, conv2")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return conv2(relu(bn1(conv1(relu(x)))))."""
        raise NotImplementedError("activate, convolve, normalise, activate, convolve")


class ResBlock(nn.Module):
    """The plain block plus its own input: (N, channels, H, W) -> (N, channels, H, W)."""

    def __init__(self, channels: int) -> None:
        """Create the layers of ConvBlock, in the same order."""
        super().__init__()
        raise NotImplementedError("create conv1, bn1, conv2")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x + conv2(relu(bn1(conv1(relu(x))))): what is added is x as it came, before any activation."""
        raise NotImplementedError("add the untouched input to what the layers give")


class ResDownBlock(nn.Module):
    """A block whose skip is a convolution: (N, channels_in, H, W) -> (N, channels_out, H, W)."""

    def __init__(self, channels_in: int, channels_out: int | None = None) -> None:
        """Create conv1 (in -> out), conv2 (out -> out), bn1, conv3 (in -> out), in this order.

        Args:
            channels_in: channels of the input.
            channels_out: channels of the output; None for as many as come in.
        """
        super().__init__()
        raise NotImplementedError("create conv1, conv2, bn1, conv3")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return conv3(a) + conv2(relu(bn1(conv1(a)))) with a = relu(x)."""
        raise NotImplementedError("add the two paths, both from the activated input")


class SkipBlock(nn.Module):
    """A block that keeps an early result beside a late one: (N, channels, H, W) -> (N, channels, H, W)."""

    def __init__(self, channels: int) -> None:
        """Create conv1 (channels -> channels // 2), bn1, conv2 (channels // 2 -> channels // 2); `channels` is even."""
        super().__init__()
        raise NotImplementedError("create conv1, bn1, conv2")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the channels of h, then those of conv2(relu(bn1(h))), with h = conv1(relu(x)) as it comes out."""
        raise NotImplementedError("concatenate conv1's own output and conv2's along the channels")
