"""Matrix products: calls of BLAS from compiled code."""
