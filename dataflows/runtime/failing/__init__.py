"""Ends a failed process with one line and an exit code."""
