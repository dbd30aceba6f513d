"""Embedded topics: folders of JSON-lines segments with the promises of the Pulsar connector."""

from connectors.embedded.topics import LogSink, LogSource

__all__ = ["LogSink", "LogSource"]
