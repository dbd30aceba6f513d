"""Ends a process that failed with one line and an exit code."""
