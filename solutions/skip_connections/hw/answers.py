"""The written answers (Markdown with LaTeX between dollar signs)."""

# BEGIN SOLUTION
# STUB: q1_width_or_depth = r"""**Your answer:**"""
q1_width_or_depth = r"""
**1.** A `ResBlock` of width $c$ has $c/2$ inner channels: $9\cdot c\cdot\frac c2 + \frac c2$ numbers in `conv1`,
$2\cdot\frac c2$ in `bn1` and $9\cdot\frac c2\cdot c + c$ in `conv2`, in all
$$9c^2 + \tfrac52 c.$$
For $c = 32$ that is $9216 + 80 = 9296$. Around the blocks there are `conv1` ($3\cdot9\cdot32 + 32 = 896$), `conv2` and
`conv3` ($9\cdot32^2 + 32 = 9248$ each), two batch norms ($64$ each) and the linear layer
($512\cdot10 + 10 = 5130$): $24\,650$. With six blocks: $24\,650 + 6\cdot9296 = 80\,426$.

**2.** Twice as many blocks: $24\,650 + 12\cdot9296 = 136\,202$, as the depth enters linearly. Twice the width:
$9\cdot64^2 + 160 = 37\,024$ for a block, and $1792 + 2\cdot36\,928 + 2\cdot128 + 10\,250 = 86\,154$ around them:
$308\,298$, nearly four times as many, as the width enters squared.

**3.** More width gives each layer more features of the same kind; more depth gives more steps, each working on the
results of the one before, and a larger receptive field. For the same number of parameters depth is often the better
use of them, but only as long as the network can still be trained: a plain stack of 20 blocks learnt nothing in the
checks. A very wide network, for its part, soon learns its training set by heart; and depth costs time, since layers
must wait for each other. So neither wins always, and one has to look at the validation set.
"""
# END SOLUTION


# BEGIN SOLUTION
# STUB: q2_vanishing = r"""**Your answer:**"""
q2_vanishing = r"""
**1.** Write $x_{l+1} = f_l(x_l)$ and $J_l = \partial f_l/\partial x_l$. By the chain rule
$$\frac{\partial L}{\partial x_0} = J_0^\top J_1^\top\cdots J_{n-1}^\top\,\frac{\partial L}{\partial x_n}.$$
The Jacobian of a layer is its weights, with the rows of the inactive ReLUs set to zero. Where all $\lVert J_l\rVert
\le \rho < 1$, the norm is at most $\rho^n$ times that at the output: it vanishes exponentially with depth. torch's
initial weights of a convolution are uniform with variance $1/(3\cdot\text{fan in})$, and a ReLU halves the mean
square once more, so that without normalisation each convolution shrinks the signal and the gradient by about
$\sqrt{1/6}\approx 0.4$. With 43 layers that is about $10^{-17}$, as measured ($10^{-18}$ to $10^{-17}$).

**2.** $x_{l+1} = x_l + f_l(x_l)$ has the Jacobian $I + J_l$, so
$$\frac{\partial L}{\partial x_0} = (I + J_0)^\top\cdots(I + J_{n-1})^\top\frac{\partial L}{\partial x_n}
= \frac{\partial L}{\partial x_n} + \sum_l J_l^\top\frac{\partial L}{\partial x_n} + \dots$$
The first term is the gradient at the output, unchanged, however many blocks there are. The shortest path from the last
block to the first has no layer on it at all.

**3.** In training mode batch normalisation divides each channel by its deviation. So the signal cannot shrink any
more, but the same division multiplies the gradient on its way back: where the signal has shrunk to a deviation of
$\sigma < 1$, the gradient grows by $1/\sigma$. What is lost in the ReLUs and gained in the normalisation does not
cancel out; it comes to a factor somewhat above 1 for each block, and its 20th power made the first layer's gradient
about 100 times that of the last, and about 25 times that of the residual network. An exploding gradient is as useless
as a vanishing one: no learning rate suits all layers. Batch normalisation alone treats the symptom; the skip removes
the cause.
"""
# END SOLUTION


# BEGIN SOLUTION
# STUB: q3_blocks = r"""**Your answer:**"""
q3_blocks = r"""
**1.** Adding needs two tensors of the same shape; concatenating along the channels needs the same batch, height and
width only, but the numbers of channels add up. That is why SkipBlock gives half of the channels to each part, and why
ResDownBlock puts a convolution onto the skip, which can change the number of channels.

**2.** Shortest paths through $n$ blocks: ConvBlock $2n$ convolutions, ResDownBlock $n$ (conv3), SkipBlock $n$
(conv1), ResBlock none. Only ResBlock has a path without any layer. The gradients at the first layer of 20 blocks, in
evaluation mode before training, say the same: plain $10^{-18}$, SkipBlock $10^{-12}$, ResDownBlock $10^{-9}$,
ResBlock $0.1$.

**3.** `python -m hw.experiment`, width 16, 5 epochs on the small pictures: gradient before
training at the first and at the last layer; best accuracy on the validation set:

| block | 2 blocks | 20 blocks |
|---|---|---|
| ConvBlock | 1.4 and 2.7; 100% | 255 and 2.4; 30% |
| ResBlock | 1.5 and 5.1; 100% | 8.7 and 12; 100% |
| ResDownBlock | 1.4 and 2.7; 100% | 130 and 2.4; 25% |
| SkipBlock | 1.0 and 2.2; 95% | 125 and 2.0; 23% |

With 2 blocks all kinds learn. With 20 only ResBlock does, the only kind with a path that has no layer on it: its
gradients at the first and the last layer are alike. The other three start with gradients that are 50 to 100 times as
large at the front as at the end, and stay near guessing (10%). A skip that leads through a layer, or keeps half of
the channels, makes the path shorter by half, and that is not enough at this depth: 20 layers are still too many.
"""
# END SOLUTION


# BEGIN SOLUTION
# STUB: q4_checkpoint = r"""**Your answer:**"""
q4_checkpoint = r"""
**1.** The weights *and* the running statistics of batch normalisation (both in the model's `state_dict`; the latter
do not change the training losses, but the accuracies); Adam's averages of the gradients and of their squares and its
step count (without them the first steps are as large as at the very beginning); the epoch (else an epoch is repeated
or left out); the state of the shuffler (else the epochs see the samples in the order of the first ones); the state of
torch's global generator (else dropout draws other masks); the best accuracy (else a worse model overwrites the best
one); the loggers (else the curves have a gap).

**2.** The checkpoint of `fit` is that of the best epoch, so the epochs after it are trained again. They are the same
epochs with the same results, so nothing is wrong, only time is lost. To lose none, save a second checkpoint after
every epoch, under another name, and go on from that one.

**3.** It chose the best of many epochs by this very set: the epoch is one at which the model was lucky there. The more
epochs there are to choose from, the larger the luck. The test set took no part in any choice, so its accuracy
is an honest estimate, as long as one looks at it once.
"""
# END SOLUTION
