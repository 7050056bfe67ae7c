# fails: distinct_layers=RUNTIME_ERROR forward=RUNTIME_ERROR weights_start_normal=RUNTIME_ERROR biases_start_normal=RUNTIME_ERROR forward_of_other_sizes=RUNTIME_ERROR layers_of_other_depths=WRONG_ANSWER last_bias_starts_normal=RUNTIME_ERROR  # noqa: E501
class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d, n, beta, skip)
        layers = list(self.layers)
        del self.layers
        self.layers = layers
