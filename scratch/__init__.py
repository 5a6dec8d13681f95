"""Neural networks from scratch, in Python and NumPy."""

