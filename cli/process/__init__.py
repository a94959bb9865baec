"""What the command is to its operating system: signals and exit codes."""
