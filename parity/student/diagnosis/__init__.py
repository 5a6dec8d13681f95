"""Which mistake a failure looks like, and the numbers that show it."""
