"""Loops over strings: as Arrow keeps them, by hash, as times."""
