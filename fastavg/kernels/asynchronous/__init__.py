"""A vector that several processes change at the same time."""
