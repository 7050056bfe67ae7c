# fails: model_weights=WRONG_ANSWER model_biases=WRONG_ANSWER glorot_biases=WRONG_ANSWER uniform_weights_of_other_widths=WRONG_ANSWER  # noqa: E501
# The first values of the last layer are PyTorch's own.
from itertools import pairwise


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    parts = []
    for before, after in pairwise(widths):
        parts += [nn.Linear(before, after), activation]
    for layer in parts[:-2]:
        if isinstance(layer, nn.Linear):
            nn.init.uniform_(layer.weight, a=-1.0, b=1.0)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*parts[:-1])
