# fails: distinct_layers=WRONG_ANSWER forward=WRONG_ANSWER skips_keep_gradients_together=WRONG_ANSWER forward_of_other_sizes=WRONG_ANSWER layers_of_other_depths=WRONG_ANSWER  # noqa: E501
class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d, n, beta, skip)
        self.layers = nn.ModuleList(nn.Sequential(linear, relu) for linear, _, relu in self.layers)
