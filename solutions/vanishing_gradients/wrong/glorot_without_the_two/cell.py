# fails: glorot_weights=WRONG_ANSWER glorot_weights_of_other_widths=WRONG_ANSWER
# The root of 1 / (inputs + outputs): too small by a factor of the root of 2.
def build_model_glorot(activation, widths=(2, 2, 2, 2, 2)):
    model = build_model(activation, widths)
    for module in model:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=(1 / (module.in_features + module.out_features)) ** 0.5)
    return model
