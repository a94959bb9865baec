"""Columns of a table as the inputs of a network."""
