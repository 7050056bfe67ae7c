"""Other people's runners that start us, and what they need for it."""
