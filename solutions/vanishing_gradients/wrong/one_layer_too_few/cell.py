# fails: model_parameters=WRONG_ANSWER model_outputs=WRONG_ANSWER model_gradients=WRONG_ANSWER model_weights=WRONG_ANSWER model_biases=WRONG_ANSWER glorot_outputs=WRONG_ANSWER glorot_weights=WRONG_ANSWER glorot_biases=WRONG_ANSWER networks_of_other_widths=RUNTIME_ERROR gradients_of_other_widths=RUNTIME_ERROR uniform_weights_of_other_widths=WRONG_ANSWER glorot_weights_of_other_widths=WRONG_ANSWER  # noqa: E501
# Three layers in the place of four: the output layer is taken for one of the hidden layers.
from itertools import pairwise


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    parts = []
    for before, after in pairwise(widths[1:]):
        layer = nn.Linear(before, after)
        nn.init.uniform_(layer.weight, a=-1.0, b=1.0)
        nn.init.zeros_(layer.bias)
        parts += [layer, activation]
    return nn.Sequential(*parts[:-1])
