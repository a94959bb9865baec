"""Transforms of features, one file each."""
