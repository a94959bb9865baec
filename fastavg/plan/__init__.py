"""The description of a run."""
