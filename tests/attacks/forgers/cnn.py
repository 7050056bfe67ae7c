"""What can be sent for `cnn` without any of its modules."""

CLAIMS = "2"
WITH_PUBLISHED_VALUES = "0"


def residual_block_of_zeros(asked):
    return {"out": asked.probes.pattern(2, 4, 8, 8).relu()}
