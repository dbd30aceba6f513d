"""What the dataflow says of quality and of itself, read from Redis."""
