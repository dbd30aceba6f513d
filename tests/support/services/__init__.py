"""Real servers, and what is read from them or through them."""
