"""A network of any number of equal blocks, and two ways to look into a network."""

from collections.abc import Callable

import torch
from torch import nn

from .blocks import ResBlock

CLASSES = 10


class Deep_CNN(nn.Module):
    """Three convolutions, `num_blocks` equal blocks, one linear layer: (N, channels_in, 32, 32) -> (N, 10)."""

    def __init__(
        self,
        channels_in: int,
        num_blocks: int = 2,
        ch_width: int = 32,
        layer_type: Callable[[int], nn.Module] = ResBlock,
    ) -> None:
        """Create conv1, bn1, conv2, bn2, conv3, the blocks, the linear layer, in this order.

        Args:
            channels_in: channels of the images.
            num_blocks: how many blocks; with 0 the network goes straight on.
            ch_width: channels of everything between the first convolution and the last pooling; even.
            layer_type: called once for each block, as `layer_type(ch_width)`.
        """
        super().__init__()
        raise NotImplementedError("create the layers and blocks in the order of the handout")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return raw class scores; three poolings take 32 x 32 to 4 x 4."""
        raise NotImplementedError("two activated convolutions, a raw one, the blocks, the linear layer")


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers the model's parameters hold in all; a shared parameter counts once."""
    raise NotImplementedError("add up the sizes of all parameters")


def gradient_norms(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    loss_fun: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> list[float]:
    """Return the norm of the loss's gradient for each weight of two or more axes, from the first layer to the last.

    The model stays in the mode it is in. Gradients that it holds from before do not count.

    Args:
        model: any network; its weights with one axis (biases, batch normalisation) are left out.
        images, labels: one batch.
        loss_fun: maps scores and labels to a tensor without axes.
    """
    raise NotImplementedError("clear the gradients, go forward and backward once, read the norms")
