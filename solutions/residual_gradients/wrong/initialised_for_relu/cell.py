# fails: weights_start_normal=WRONG_ANSWER biases_start_normal=WRONG_ANSWER last_bias_starts_normal=WRONG_ANSWER
# The root of 2 belongs to another task.
class residual1D(residual1D):
    @staticmethod
    def _layer(in_features, out_features):
        linear = nn.Linear(in_features, out_features)
        nn.init.normal_(linear.weight, 0, (2 / in_features) ** 0.5)
        nn.init.normal_(linear.bias, 0, (2 / in_features) ** 0.5)
        return nn.Sequential(linear, nn.BatchNorm1d(out_features), nn.ReLU())
