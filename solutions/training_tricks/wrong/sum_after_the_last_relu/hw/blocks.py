# fails: correct_block=WRONG_ANSWER correct_block_of_zeros=WRONG_ANSWER resnet_of_correct_blocks=WRONG_ANSWER correct_block_of_other_sizes=WRONG_ANSWER thin_resnet=WRONG_ANSWER first_steps_of_every_experiment=WRONG_ANSWER  # noqa: E501
"""The residual block."""

from torch import Tensor, nn


class CorrectBlock(nn.Module):
    """`WrongBlock` with a shortcut: what comes in is added before the last ReLU."""

    def __init__(self, in_planes: int, planes: int, stride: int = 1) -> None:
        """Map `in_planes` channels to `planes`; a `stride` of 2 halves height and width."""
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = self._make_shortcut(in_planes, planes, stride)

    @staticmethod
    def _make_shortcut(in_planes: int, planes: int, stride: int) -> nn.Sequential:
        """Return the shortcut: empty (the identity) where the input can be added as it is, else a projection.

        The projection is a 1x1 convolution without bias, with the block's stride, and a batch normalisation.
        """
        if stride == 1 and in_planes == planes:
            return nn.Sequential()
        return nn.Sequential(
            nn.Conv2d(in_planes, planes, kernel_size=1, stride=stride, bias=False), nn.BatchNorm2d(planes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_planes, H, W) -> (N, planes, H / stride, W / stride)."""
        main = nn.functional.relu(self.bn1(self.conv1(x)))
        main = self.bn2(self.conv2(main))
        return nn.functional.relu(main) + self.shortcut(x)
