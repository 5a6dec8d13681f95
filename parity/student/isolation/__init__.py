"""Student code runs here: in a jail, as bytes that came from a stranger, and nothing of it is left."""
