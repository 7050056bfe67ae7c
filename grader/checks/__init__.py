"""What authors write checks with; loaded outside the sandbox and inside it."""
