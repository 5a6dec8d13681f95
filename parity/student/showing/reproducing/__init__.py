"""A failure as a few lines that need only NumPy and the student's file, by the kind of what failed."""
