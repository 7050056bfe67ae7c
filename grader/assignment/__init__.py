"""An assignment on disk: its manifest, checks, expected values and the files that students get."""
