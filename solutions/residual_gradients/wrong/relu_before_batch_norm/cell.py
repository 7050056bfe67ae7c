# fails: forward=WRONG_ANSWER forward_of_other_sizes=WRONG_ANSWER
class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d, n, beta, skip)
        self.layers = nn.ModuleList(nn.Sequential(linear, relu, norm) for linear, norm, relu in self.layers)
