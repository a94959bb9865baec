"""Forward pass, backward pass and updates of a dense network."""
