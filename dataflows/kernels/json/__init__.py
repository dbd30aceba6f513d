"""Loops that read JSON straight into columns."""
