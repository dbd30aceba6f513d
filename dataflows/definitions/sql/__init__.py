"""SQL over one event: parsed, typed and compiled node by node from a list of what is allowed."""
