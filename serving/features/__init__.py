"""Features of entities as readers get them."""
