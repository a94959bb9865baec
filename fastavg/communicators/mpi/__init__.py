"""Ranks that a launcher such as mpiexec starts."""
