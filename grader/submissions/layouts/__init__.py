"""How platforms name submissions in a download: one module for each."""
