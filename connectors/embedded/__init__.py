"""Embedded topics: folders of JSON-lines segments with the same guarantees as the Pulsar connector."""

from connectors.embedded.history import LogHistory, count_rows, extent_of, extent_since
from connectors.embedded.topic_folder import topic_id
from connectors.embedded.topics import LogSink, LogSource

__all__ = ["LogHistory", "LogSink", "LogSource", "count_rows", "extent_of", "extent_since", "topic_id"]
