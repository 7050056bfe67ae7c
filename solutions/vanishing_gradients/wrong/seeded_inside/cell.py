# fails: model_weights=WRONG_ANSWER glorot_weights=WRONG_ANSWER uniform_weights_of_other_widths=WRONG_ANSWER glorot_weights_of_other_widths=WRONG_ANSWER  # noqa: E501
# Every model starts with the same weights.
from itertools import pairwise


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    torch.manual_seed(0)
    parts = []
    for before, after in pairwise(widths):
        layer = nn.Linear(before, after)
        nn.init.uniform_(layer.weight, a=-1.0, b=1.0)
        nn.init.zeros_(layer.bias)
        parts += [layer, activation]
    return nn.Sequential(*parts[:-1])
