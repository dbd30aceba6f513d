"""Loops over strings: Arrow arrays, hash indexes, times."""
