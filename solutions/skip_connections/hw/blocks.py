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
        # BEGIN SOLUTION: create conv1, bn1, conv2
        inner = channels // 2
        self.conv1 = nn.Conv2d(channels, inner, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, channels, kernel_size=3, padding=1)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return conv2(relu(bn1(conv1(relu(x)))))."""
        # BEGIN SOLUTION: activate, convolve, normalise, activate, convolve
        hidden: torch.Tensor = self.conv1(torch.relu(x))
        hidden = torch.relu(self.bn1(hidden))
        out: torch.Tensor = self.conv2(hidden)
        return out
        # END SOLUTION


class ResBlock(nn.Module):
    """The plain block plus its own input: (N, channels, H, W) -> (N, channels, H, W)."""

    def __init__(self, channels: int) -> None:
        """Create the layers of ConvBlock, in the same order."""
        super().__init__()
        # BEGIN SOLUTION: create conv1, bn1, conv2
        inner = channels // 2
        self.conv1 = nn.Conv2d(channels, inner, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, channels, kernel_size=3, padding=1)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x + conv2(relu(bn1(conv1(relu(x))))): what is added is x as it came, before any activation."""
        # BEGIN SOLUTION: add the untouched input to what the layers give
        hidden: torch.Tensor = self.conv1(torch.relu(x))
        hidden = torch.relu(self.bn1(hidden))
        out: torch.Tensor = x + self.conv2(hidden)
        return out
        # END SOLUTION


class ResDownBlock(nn.Module):
    """A block whose skip is a convolution: (N, channels_in, H, W) -> (N, channels_out, H, W)."""

    def __init__(self, channels_in: int, channels_out: int | None = None) -> None:
        """Create conv1 (in -> out), conv2 (out -> out), bn1, conv3 (in -> out), in this order.

        Args:
            channels_in: channels of the input.
            channels_out: channels of the output; None for as many as come in.
        """
        super().__init__()
        # BEGIN SOLUTION: create conv1, conv2, bn1, conv3
        channels_out = channels_in if channels_out is None else channels_out
        self.conv1 = nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv3 = nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return conv3(a) + conv2(relu(bn1(conv1(a)))) with a = relu(x)."""
        # BEGIN SOLUTION: add the two paths, both from the activated input
        activated = torch.relu(x)
        hidden: torch.Tensor = torch.relu(self.bn1(self.conv1(activated)))
        out: torch.Tensor = self.conv3(activated) + self.conv2(hidden)
        return out
        # END SOLUTION


class SkipBlock(nn.Module):
    """A block that keeps an early result beside a late one: (N, channels, H, W) -> (N, channels, H, W)."""

    def __init__(self, channels: int) -> None:
        """Create conv1 (channels -> channels // 2), bn1, conv2 (channels // 2 -> channels // 2); `channels` is even."""
        super().__init__()
        # BEGIN SOLUTION: create conv1, bn1, conv2
        half = channels // 2
        self.conv1 = nn.Conv2d(channels, half, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, half, kernel_size=3, padding=1)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the channels of h, then those of conv2(relu(bn1(h))), with h = conv1(relu(x)) as it comes out."""
        # BEGIN SOLUTION: concatenate conv1's own output and conv2's along the channels
        early: torch.Tensor = self.conv1(torch.relu(x))
        late = self.conv2(torch.relu(self.bn1(early)))
        return torch.cat([early, late], dim=1)
        # END SOLUTION
