"""Measures pairs of values over files, in passes that hold one file at a time."""

from governance.changes.comparison.measures.measured import measured

__all__ = ["measured"]
