"""Runs the archive as a branch of the live graph, which cannot stop or delay a feature."""

from dataflows.runtime.archiving.branch import archive_ports

__all__ = ["archive_ports"]
