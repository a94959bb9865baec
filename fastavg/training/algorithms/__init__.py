"""How workers are combined: one file an algorithm."""
