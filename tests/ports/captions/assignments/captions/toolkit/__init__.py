"""What the course gives."""
