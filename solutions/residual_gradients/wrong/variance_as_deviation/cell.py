# fails: weights_start_normal=WRONG_ANSWER biases_start_normal=WRONG_ANSWER last_bias_starts_normal=WRONG_ANSWER
class residual1D(residual1D):
    @staticmethod
    def _layer(in_features, out_features):
        linear = nn.Linear(in_features, out_features)
        nn.init.normal_(linear.weight, 0, 1 / in_features)
        nn.init.normal_(linear.bias, 0, 1 / in_features)
        return nn.Sequential(linear, nn.BatchNorm1d(out_features), nn.ReLU())
