# fails: model_parameters=WRONG_ANSWER model_outputs=WRONG_ANSWER model_gradients=WRONG_ANSWER model_weights[narrow]=WRONG_ANSWER model_biases=WRONG_ANSWER glorot_outputs=WRONG_ANSWER glorot_biases=WRONG_ANSWER  # noqa: E501
# The hidden layers are one and the same layer.
from itertools import pairwise


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    layers = {}
    for sizes in pairwise(widths):
        if sizes not in layers:
            layers[sizes] = nn.Linear(*sizes)
            nn.init.uniform_(layers[sizes].weight, a=-1.0, b=1.0)
            nn.init.zeros_(layers[sizes].bias)
    parts = [part for sizes in pairwise(widths) for part in (layers[sizes], activation)]
    return nn.Sequential(*parts[:-1])
