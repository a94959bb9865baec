"""Training steps of a network whose layers are split over processes."""
