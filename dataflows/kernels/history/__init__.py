"""Loops over the history of a shard: its order, and the walk through it."""
