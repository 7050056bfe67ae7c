# fails: model_outputs=WRONG_ANSWER model_gradients=WRONG_ANSWER glorot_outputs=WRONG_ANSWER networks_of_other_widths=WRONG_ANSWER gradients_of_other_widths=WRONG_ANSWER  # noqa: E501
# Between the last two layers there is no activation.
from itertools import pairwise


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    parts = []
    for before, after in pairwise(widths):
        layer = nn.Linear(before, after)
        nn.init.uniform_(layer.weight, a=-1.0, b=1.0)
        nn.init.zeros_(layer.bias)
        parts += [layer, activation]
    return nn.Sequential(*parts[:-3], parts[-2])
