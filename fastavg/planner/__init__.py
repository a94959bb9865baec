"""What a run will take with how many workers and processes, from a short measurement."""
