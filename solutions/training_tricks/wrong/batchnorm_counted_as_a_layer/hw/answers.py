# fails: number_of_layers=WRONG_ANSWER layers_of_other_networks=WRONG_ANSWER
"""The number of layers, and the written answers (Markdown with LaTeX between dollar signs)."""


def count_layers(num_blocks: list[int]) -> int:
    """Return how many layers `ResNet(WrongBlock, num_blocks)` has.

    As in names such as ResNet-34, a layer is a convolution or a linear layer; batch normalisation, ReLU and pooling are
    not counted.
    """
    return 2 + 4 * sum(num_blocks) + 1


q1_learning_rates = r"""
With $\eta = 0.001$ the loss hardly moves: it stays near $\ln 10 \approx 2.3$, the loss of guessing among ten classes.
Every step goes downhill, but the steps are too short to arrive anywhere within the epochs that we have. More epochs
would help.

With $\eta = 0.9$ the first loss is the same, since the weights are, and then it jumps: the step is so long that it
lands on the other side of the valley, higher than before. The gradient describes the loss only nearby, and a step of
that length leaves the neighbourhood. The loss may grow without bound (NaN), or the biases become so negative that every
ReLU gives zero for every picture; then the gradients are zero as well, the scores no longer depend on the picture, and
the loss stays at 2.3 or above for good. More epochs do not help.
"""


q2_momentum = r"""
I expect the slow run to become much faster without becoming unstable. If the gradient $g$ stays about the same for many
steps, the velocity approaches

$$v = g\,(1 + \gamma + \gamma^2 + \dots) = \frac{g}{1-\gamma} = 10\,g \quad\text{for } \gamma = 0.9,$$

so along directions in which the gradients agree the steps become ten times as long, as with a rate of 0.01. In
directions in which the gradient changes its sign at every step the terms cancel: oscillations across a ravine are
damped.

What I saw: the two curves start together, as the first step is the same ($v$ starts at zero). After some ten steps the
one with momentum pulls away; at the end it is at 1.4, the other still above 2.2.
"""


q3_batchnorm_place = r"""
After each convolution and before its ReLU, with as many features as the convolution has output channels: 16 and 32.
There stand the sums whose distribution drifts while the weights before them change. Normalised, about half of them are
positive in every channel, so that every ReLU stays in use. After the last linear layer there is none: the scores must
be free to become as large as they like.

The bias of a convolution right before batch normalisation has no effect in training: the mean of the batch, which
contains it, is subtracted again, and $\beta$ takes its place. One could leave it out with `bias=False`.
"""


q4_higher_rate = r"""
On the little pictures both runs with batch normalisation end far below both plain ones. At 0.05 the plain network still
sits near 2.2, the one with batch normalisation is at about 0.6. But it does not learn *faster* at 0.05 than at 0.01
here: its first steps are too long (the loss rises above 10), and it ends at 0.6 instead of 0.35. It survives them and
recovers, which is the point: batch normalisation widens the range of rates that work. Scaling the weights before it
does not change its result, and larger weights get smaller gradients, so that a step too long shortens those that
follow. Which rate is the best within that range is still a matter of trying.
"""


q5_layers = r"""
18: the first convolution, four groups of two blocks with two convolutions each, and the linear layer,
$1 + 4\cdot2\cdot2 + 1 = 18$. Hence the name ResNet-18. With shortcuts there are three more convolutions of 1x1, at the
start of groups two to four. They are not counted, as they lie beside the path and not on it.
"""


q6_shortcut = r"""
**When.** The sum needs two tensors of one shape. A stride of 2 halves height and width, and `in_planes != planes`
changes the number of channels; in both cases $x$ cannot be added to the main path's result as it is. Then the shortcut
is a 1x1 convolution with the same stride to `planes` channels, followed by batch normalisation. Without the `if`,
either the sum would fail in these blocks, or every block would have a projection, with parameters that nobody needs and
without a clean identity.

**Why it helps.** $y = F(x) + x$ gives $\partial y/\partial x = \partial F/\partial x + I$. In a stack of plain blocks
the gradient is a product of many factors $\partial F/\partial x$ and changes its size exponentially with depth: it
vanishes, or, with batch normalisation, it grows towards the first layers. With the shortcuts every factor contains the
identity, so the gradient reaches all layers at a similar size. And a block that has nothing to add only needs weights
near zero to pass its input on, so a deeper network need not be worse than a shallower one.
"""
