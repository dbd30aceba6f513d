"""Benchmarks of the engine alone, and its baselines."""
