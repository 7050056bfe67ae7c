"""The command line: one module for each verb; `app` is the entry point."""
