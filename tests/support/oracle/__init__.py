"""What is right, worked out without the engine."""
