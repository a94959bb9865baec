"""The mean of the slots."""
