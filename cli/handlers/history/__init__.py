"""Implements the commands over the past: archives, replays, data sets."""
