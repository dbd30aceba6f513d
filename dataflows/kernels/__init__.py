"""Compiled loops over the arrays of a shard: plain functions on plain arrays, no Python objects."""
