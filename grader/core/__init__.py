"""The values that all rooms share, and how they travel: no processes, no files."""
