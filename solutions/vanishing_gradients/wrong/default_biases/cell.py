# fails: model_biases=WRONG_ANSWER glorot_biases=WRONG_ANSWER
# Only the weights are drawn anew.
from itertools import pairwise


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    parts = []
    for before, after in pairwise(widths):
        layer = nn.Linear(before, after)
        nn.init.uniform_(layer.weight, a=-1.0, b=1.0)
        parts += [layer, activation]
    return nn.Sequential(*parts[:-1])
