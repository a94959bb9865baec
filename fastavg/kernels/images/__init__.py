"""Deformed images: a batch of flat rows in, a batch out, keyed row by row."""
