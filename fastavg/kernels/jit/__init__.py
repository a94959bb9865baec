"""How kernels are compiled and where they are cached."""
