"""Reads a partition from its archive, file by file."""

from connectors.archive.reading.partition import ArchivePartition, ArchiveReading, Partition, UnknownArchiveSnapshot

__all__ = ["ArchivePartition", "ArchiveReading", "Partition", "UnknownArchiveSnapshot"]
