# fails: forward[plain]=WRONG_ANSWER skips_keep_gradients_together=WRONG_ANSWER
class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d, n, beta, skip=True)
