"""Arithmetic that the other kernels share."""
