# fails: model_outputs[tanh]=WRONG_ANSWER model_outputs[relu]=WRONG_ANSWER model_gradients[tanh]=WRONG_ANSWER glorot_outputs=WRONG_ANSWER networks_of_other_widths=WRONG_ANSWER gradients_of_other_widths=WRONG_ANSWER  # noqa: E501
# The argument is not used.
from itertools import pairwise


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    parts = []
    for before, after in pairwise(widths):
        layer = nn.Linear(before, after)
        nn.init.uniform_(layer.weight, a=-1.0, b=1.0)
        nn.init.zeros_(layer.bias)
        parts += [layer, nn.Sigmoid()]
    return nn.Sequential(*parts[:-1])
