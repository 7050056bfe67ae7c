# fails: distinct_layers=WRONG_ANSWER
import copy


class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d, n, beta, skip)
        for i in range(2, d - 1):
            self.layers[i] = copy.deepcopy(self.layers[1])
