# fails: glorot_weights=WRONG_ANSWER glorot_weights_of_other_widths=WRONG_ANSWER
# The right standard deviation, the wrong distribution.
def build_model_glorot(activation, widths=(2, 2, 2, 2, 2)):
    model = build_model(activation, widths)
    for module in model:
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
    return model
