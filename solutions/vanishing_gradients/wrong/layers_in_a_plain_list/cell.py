# fails: model_parameters=WRONG_ANSWER model_outputs=RUNTIME_ERROR model_gradients=RUNTIME_ERROR model_weights=RUNTIME_ERROR model_biases=RUNTIME_ERROR glorot_outputs=RUNTIME_ERROR glorot_weights=RUNTIME_ERROR glorot_biases=RUNTIME_ERROR networks_of_other_widths=RUNTIME_ERROR gradients_of_other_widths=RUNTIME_ERROR uniform_weights_of_other_widths=RUNTIME_ERROR glorot_weights_of_other_widths=RUNTIME_ERROR  # noqa: E501
# A plain list hides its layers from `parameters()`.
from itertools import pairwise


class Network(nn.Module):
    def __init__(self, activation, widths):
        super().__init__()
        self.activation = activation
        self.layers = [nn.Linear(before, after) for before, after in pairwise(widths)]
        for layer in self.layers:
            nn.init.uniform_(layer.weight, a=-1.0, b=1.0)
            nn.init.zeros_(layer.bias)

    def forward(self, inputs):
        for layer in self.layers[:-1]:
            inputs = self.activation(layer(inputs))
        return self.layers[-1](inputs)


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    return Network(activation, widths)


def build_model_glorot(activation, widths=(2, 2, 2, 2, 2)):
    model = build_model(activation, widths)
    for layer in model.layers:
        nn.init.xavier_normal_(layer.weight)
    return model
