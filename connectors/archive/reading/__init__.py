"""Reads a partition from its archive, file by file."""

from connectors.archive.reading.partition import ArchivePartition, ArchiveReading
from connectors.archive.reading.read_ahead import ReadAhead

__all__ = ["ArchivePartition", "ArchiveReading", "ReadAhead"]
