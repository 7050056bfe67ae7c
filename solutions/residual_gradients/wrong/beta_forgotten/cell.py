# fails: forward[residual]=WRONG_ANSWER skips_keep_gradients_together=WRONG_ANSWER forward_of_other_sizes[deep]=WRONG_ANSWER  # noqa: E501
class residual1D(residual1D):
    def forward(self, x):
        a = self.layers[0](x)
        for layer in self.layers[1:-1]:
            a = a + layer(a) if self.skip else layer(a)
        return self.layers[-1](a)
