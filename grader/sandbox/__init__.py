"""The trusted side of the glass: rooms, and processes that run in them."""
