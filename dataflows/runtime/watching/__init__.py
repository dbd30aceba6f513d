"""Watches clocks, cluster peers, topics and Redis during a run."""
