# fails: cnn_forward[grey]=RUNTIME_ERROR cnn_parameters=WRONG_ANSWER cnn_of_other_sizes=RUNTIME_ERROR
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
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, 16, kernel_size=3, stride=1, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, kernel_size=3, stride=1, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.out = nn.Linear(2048, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, side, side) -> scores (N, num_classes)."""
        scores: Tensor = self.out(self.conv(x).flatten(start_dim=1))
        return scores


class CNN_Cifar10(CNN):
    """The `CNN` for CIFAR-10: colour images of 32 x 32 in 10 classes."""

    def __init__(self) -> None:
        """Build a `CNN` of the right numbers."""
        super().__init__(in_channels=3, side=32, num_classes=10)


class CNNwithBN(BasicModel):
    """The `CNN` with one batch normalisation for each convolution; attributes as there."""

    conv: nn.Sequential
    out: nn.Linear

    def __init__(self, in_channels: int = 3, side: int = 32, num_classes: int = 10) -> None:
        """Build the layers; arguments as for `CNN`."""
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, 16, kernel_size=3, stride=1, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, kernel_size=3, stride=1, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.out = nn.Linear(32 * (side // 4) ** 2, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, side, side) -> scores (N, num_classes)."""
        scores: Tensor = self.out(self.conv(x).flatten(start_dim=1))
        return scores
