"""Loops that parse JSON straight into columns."""
