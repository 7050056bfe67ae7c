# fails: weights_start_normal=WRONG_ANSWER last_bias_starts_normal=WRONG_ANSWER
# The last layer keeps what PyTorch gave it.
class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d, n, beta, skip)
        self.layers[-1][0].reset_parameters()
