"""Readers of data files, and the rule that says which rows a worker trains on."""
