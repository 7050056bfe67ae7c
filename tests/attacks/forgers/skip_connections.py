"""What can be sent for `skip_connections` without any of its modules."""

CLAIMS = "0"
WITH_PUBLISHED_VALUES = "0"
