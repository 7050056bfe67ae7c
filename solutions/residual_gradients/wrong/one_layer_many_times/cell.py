# fails: distinct_layers=WRONG_ANSWER layers_of_other_depths=WRONG_ANSWER
class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d, n, beta, skip)
        for i in range(2, d - 1):
            self.layers[i] = self.layers[1]
