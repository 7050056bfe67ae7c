# fails: model_gradients=WRONG_ANSWER gradients_of_other_widths=WRONG_ANSWER
# The graph is cut before the last layer: nothing before it gets a gradient.
class Network(nn.Module):
    def __init__(self, stack):
        super().__init__()
        self.stack = stack

    def forward(self, inputs):
        return self.stack[-1](self.stack[:-1](inputs).detach())


sequential = build_model


def build_model(activation, widths=(2, 2, 2, 2, 2)):
    return Network(sequential(activation, widths))


def build_model_glorot(activation, widths=(2, 2, 2, 2, 2)):
    model = build_model(activation, widths)
    for module in model.stack:
        if isinstance(module, nn.Linear):
            nn.init.xavier_normal_(module.weight)
    return model
