# fails: glorot_weights=WRONG_ANSWER glorot_weights_of_other_widths=WRONG_ANSWER
# All layers get the standard deviation of the first.
def build_model_glorot(activation, widths=(2, 2, 2, 2, 2)):
    model = build_model(activation, widths)
    for module in model:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=(2 / (widths[0] + widths[1])) ** 0.5)
    return model
