"""The flow: observe in the sandbox, judge outside it, and do so for a class."""
