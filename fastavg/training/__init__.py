"""Training: the round loop, the team of processes, and what a worker does."""
