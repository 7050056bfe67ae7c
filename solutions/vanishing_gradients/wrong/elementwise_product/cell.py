# fails: product_and_sum=WRONG_ANSWER
# `*` in the place of `@` spreads the column over the matrix.
c = A * b + torch.from_numpy(d)
