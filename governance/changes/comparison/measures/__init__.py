"""What pairs of values come to: measured over files, in passes that hold a file at a time."""

from governance.changes.comparison.measures.measured import measured

__all__ = ["measured"]
