"""`parity init`: an adapter for names that no dialect knows."""
