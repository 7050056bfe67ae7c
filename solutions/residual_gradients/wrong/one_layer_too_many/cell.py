# fails: distinct_layers=WRONG_ANSWER forward=WRONG_ANSWER forward_of_other_sizes=WRONG_ANSWER layers_of_other_depths=WRONG_ANSWER  # noqa: E501
# d counts the inner layers only.
class residual1D(residual1D):
    def __init__(self, d, n, beta, skip=True):
        super().__init__(d + 2, n, beta, skip)
