# fails: output_shape[residual]=WRONG_ANSWER output_shape[no_inner_layers]=WRONG_ANSWER forward[residual]=WRONG_ANSWER forward_of_other_sizes=WRONG_ANSWER  # noqa: E501
class residual1D(residual1D):
    def forward(self, x):
        a = self.layers[0](x)
        for layer in self.layers[1:]:
            a = a + self.beta * layer(a) if self.skip else layer(a)
        return a
