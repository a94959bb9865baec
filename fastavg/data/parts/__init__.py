"""Rows that stay where they are: a data set as parts, of which a rank reads its own workers'."""
