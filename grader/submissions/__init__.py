"""From a download to submissions: which files there are, and whose they are."""
