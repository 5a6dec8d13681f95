"""The instrument that compares the two halves."""
