"""Compiled kernels: arrays in, arrays out; no Python object, no process, no file."""
