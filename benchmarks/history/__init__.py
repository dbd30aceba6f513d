"""Benchmarks of training sets and replays, beside other ways to the same values."""
