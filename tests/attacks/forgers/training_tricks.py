"""What can be sent for `training_tricks` without any of its modules."""

CLAIMS = "0"
WITH_PUBLISHED_VALUES = "0"
