"""Random and extreme definitions, events and values."""
