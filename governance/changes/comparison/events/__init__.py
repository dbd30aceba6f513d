"""Provides the events of a comparison: files, the last hours of the topics, or the archive."""

from governance.changes.comparison.events.archived import ArchivedEvents
from governance.changes.comparison.events.chosen import EventData, UnknownData, events_of
from governance.changes.comparison.events.files import EventFiles, EventFileSource
from governance.changes.comparison.events.recent import RecentEvents

__all__ = ["ArchivedEvents", "EventData", "EventFileSource", "EventFiles", "RecentEvents", "UnknownData", "events_of"]
