# fails: parameter_count=WRONG_ANSWER
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
        self.conv1 = nn.Conv2d(channels_in, ch_width, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(ch_width)
        self.conv2 = nn.Conv2d(ch_width, ch_width, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(ch_width)
        self.conv3 = nn.Conv2d(ch_width, ch_width, kernel_size=3, padding=1)
        self.maxpool = nn.MaxPool2d(kernel_size=2)
        # An empty nn.Sequential gives back its input: no blocks need no case of their own.
        self.layers = nn.Sequential(*[layer_type(ch_width) for _ in range(num_blocks)])
        self.drop_out = nn.Dropout(p=0.5)
        self.linear1 = nn.Linear(ch_width * 4 * 4, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return raw class scores; three poolings take 32 x 32 to 4 x 4."""
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.maxpool(torch.relu(self.bn2(self.conv2(x))))
        # No activation here: each block applies its own, after it has kept the input for its skip.
        x = self.layers(self.conv3(x))
        x = self.maxpool(torch.relu(x))
        scores: torch.Tensor = self.linear1(self.drop_out(x.flatten(start_dim=1)))
        return scores


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers the model's parameters hold in all; a shared parameter counts once."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


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
    model.zero_grad()
    loss_fun(model(images), labels).backward()
    weights = [parameter for parameter in model.parameters() if parameter.dim() >= 2]
    return [0.0 if weight.grad is None else weight.grad.norm().item() for weight in weights]
