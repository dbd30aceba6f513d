"""Lets one archiver at a time write the archive of a topic, and makes files of two archivers fit together anyway."""

from connectors.archive.holding.claims import FileClaims
from connectors.archive.holding.holder import new_holder, now_ms
from connectors.archive.holding.lease import ArchiveLease

__all__ = ["ArchiveLease", "FileClaims", "new_holder", "now_ms"]
