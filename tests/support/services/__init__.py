"""Real servers, and helpers that read from them or through them."""
