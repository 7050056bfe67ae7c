# fails: matrix_and_columns=WRONG_ANSWER product_and_sum=WRONG_ANSWER
# `d` is a tensor, and flat: the sum spreads it over a matrix.
d = torch.tensor([1, 2, 3])
c = A @ b + d
