# fails: biases_start_normal=WRONG_ANSWER last_bias_starts_normal=WRONG_ANSWER
class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d, n, beta, skip)
        for layer in self.layers:
            nn.init.zeros_(layer[0].bias)
