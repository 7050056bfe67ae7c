"""The trusted side of the sandbox: rooms, and processes that run in them."""
