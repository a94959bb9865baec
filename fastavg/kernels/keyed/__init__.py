"""Randomness and identity by key: permutations, dropout, fingerprints."""
