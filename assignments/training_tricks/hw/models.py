"""Small convolutional networks, without and with batch normalisation."""

from torch import Tensor, nn

from .basic_model import BasicModel


class CNN(BasicModel):
    """Two convolutions, each followed by ReLU and pooling, then one linear layer.

    Attributes:
        conv: an `nn.Sequential` of the layers up to the last pooling.
        out: the linear layer.
    """

    conv: nn.Sequential
    out: nn.Linear

    def __init__(self, in_channels: int, side: int, num_classes: int) -> None:
        """Build the layers for square images.

        Args:
            in_channels: channels of the images: 1 for grey ones, 3 for colours.
            side: height and width of the images.
            num_classes: number of scores.
        """
        super().__init__()
        raise NotImplementedError("build self.conv and self.out")

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, side, side) -> scores (N, num_classes)."""
        raise NotImplementedError("apply self.conv, flatten all but the first axis, apply self.out")


class CNN_Cifar10(CNN):
    """The `CNN` for CIFAR-10: colour images of 32 x 32 in 10 classes."""

    def __init__(self) -> None:
        """Build a `CNN` of the right numbers."""
        raise NotImplementedError("call the constructor of CNN with the numbers of CIFAR-10")


class CNNwithBN(BasicModel):
    """The `CNN` with one batch normalisation for each convolution; attributes as there."""

    conv: nn.Sequential
    out: nn.Linear

    def __init__(self, in_channels: int = 3, side: int = 32, num_classes: int = 10) -> None:
        """Build the layers; arguments as for `CNN`."""
        super().__init__()
        raise NotImplementedError("build self.conv, with batch normalisation in the right places, and self.out")

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, side, side) -> scores (N, num_classes)."""
        raise NotImplementedError("apply self.conv, flatten all but the first axis, apply self.out")
