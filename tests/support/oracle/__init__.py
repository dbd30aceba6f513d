"""Computes expected results without the engine."""
