# fails: model_weights=WRONG_ANSWER model_biases=WRONG_ANSWER glorot_biases=WRONG_ANSWER uniform_weights_of_other_widths=WRONG_ANSWER  # noqa: E501
# PyTorch's own first values are left as they are.
from itertools import pairwise


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    parts = []
    for before, after in pairwise(widths):
        layer = nn.Linear(before, after)
        parts += [layer, activation]
    return nn.Sequential(*parts[:-1])
