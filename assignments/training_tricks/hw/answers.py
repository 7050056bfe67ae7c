"""The number of layers, and the written answers (Markdown with LaTeX between dollar signs)."""


def count_layers(num_blocks: list[int]) -> int:
    """Return how many layers `ResNet(WrongBlock, num_blocks)` has.

    As in names such as ResNet-34, a layer is a convolution or a linear layer; batch normalisation, ReLU and pooling are
    not counted.
    """
    raise NotImplementedError("count the convolutions of the blocks, and what comes before and after them")


q1_learning_rates = r"""**Your answer:**"""


q2_momentum = r"""**Your answer:**"""


q3_batchnorm_place = r"""**Your answer:**"""


q4_higher_rate = r"""**Your answer:**"""


q5_layers = r"""**Your answer:**"""


q6_shortcut = r"""**Your answer:**"""
