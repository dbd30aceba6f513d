"""Compiles SQL over one event: parsed, typed and compiled node by node from an allow list."""
