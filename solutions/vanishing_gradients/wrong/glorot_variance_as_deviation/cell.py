# fails: glorot_weights=WRONG_ANSWER glorot_weights_of_other_widths=WRONG_ANSWER
# `normal_` takes a standard deviation, not a variance.
def build_model_glorot(activation, widths=(2, 2, 2, 2, 2)):
    model = build_model(activation, widths)
    for module in model:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=2 / (module.in_features + module.out_features))
    return model
