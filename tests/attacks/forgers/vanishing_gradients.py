"""What can be sent for `vanishing_gradients` without any of its modules."""

CLAIMS = "0"
WITH_PUBLISHED_VALUES = "0"
