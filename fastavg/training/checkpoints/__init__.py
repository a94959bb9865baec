"""The committed state of a run, in files and in memory."""
