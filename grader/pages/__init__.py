"""Results for people to read: HTML pages and the terminal."""
