# fails: forward[residual]=WRONG_ANSWER skips_keep_gradients_together=WRONG_ANSWER forward_of_other_sizes[deep]=WRONG_ANSWER forward_of_other_sizes[beta_of_one]=WRONG_ANSWER  # noqa: E501
class residual1D(residual1D):
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
