"""Keeps raw messages as Parquet beyond the retention of their topic, joined with the topic by position."""

from connectors.archive.catalogue import ArchiveProblem, TopicArchive, archive_of
from connectors.archive.check import not_begun, problems_of
from connectors.archive.columns import EventTypes
from connectors.archive.continuity import TopicContent
from connectors.archive.copying import CopyOptions, TopicArchiver
from connectors.archive.errors import (
    ArchiveDamaged,
    ArchiveDiskFull,
    ArchiveGap,
    ArchiveTaken,
    ArchiveUnavailable,
    ArchiveUrlError,
)
from connectors.archive.history import ArchivedHistory, ArchivedTopic, joined_extents
from connectors.archive.message_counts import archived_messages
from connectors.archive.store import ArchiveStore, refusals_of

__all__ = [
    "ArchiveDamaged",
    "ArchiveDiskFull",
    "ArchiveGap",
    "ArchiveProblem",
    "ArchiveStore",
    "ArchiveTaken",
    "ArchiveUnavailable",
    "ArchiveUrlError",
    "ArchivedHistory",
    "ArchivedTopic",
    "CopyOptions",
    "EventTypes",
    "TopicArchive",
    "TopicArchiver",
    "TopicContent",
    "archive_of",
    "archived_messages",
    "joined_extents",
    "not_begun",
    "problems_of",
    "refusals_of",
]
