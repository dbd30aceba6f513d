"""Writes events, times and values of a `tests:` entry."""

from governance.authoring.cases.writing import listed, moment, written_event, written_value

__all__ = ["listed", "moment", "written_event", "written_value"]
