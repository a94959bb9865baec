"""Kernels written in explicit 512-bit vectors, for processors that have them."""
