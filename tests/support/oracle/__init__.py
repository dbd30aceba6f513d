"""Correct results, worked out without the engine."""
