"""What the machine offers: processors, memory, shared memory, files."""
