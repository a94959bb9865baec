"""Networks: layers, activations, and the memory they are computed in."""
