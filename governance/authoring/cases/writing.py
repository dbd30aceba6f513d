"""Formats events, times and values as in a test."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dataflows.definitions import Source
from reports.moments import instant


def moment(time_ms: int) -> str:
    """Formats a time in ISO 8601, with a fraction only if it has one.

    >>> moment(1_767_276_300_000), moment(1_767_276_300_250)
    ('2026-01-01T14:05:00Z', '2026-01-01T14:05:00.250Z')
    """
    return instant(time_ms).replace(".000Z", "Z")


def written_value(value: Any) -> Any:
    """Converts a value, with times as texts."""
    if isinstance(value, list):
        return [written_value(part) for part in value]
    return moment(round(value.timestamp() * 1000)) if isinstance(value, datetime) else value


def written_event(event: Mapping[str, Any], source: Source, time_ms: int) -> dict[str, Any]:
    """Formats an event with its time as a text, if that is exact."""
    column = source.event_time.column
    exact = {"ms": time_ms, "s": time_ms / 1_000, "us": time_ms * 1_000}.get(source.event_time.unit)
    plain = {name: written_value(value) for name, value in event.items() if value is not None}
    return {**plain, column: moment(time_ms)} if exact == event[column] else plain


def listed(events: Sequence[tuple[str, Mapping[str, Any]]], sources: Sequence[str]) -> object:
    """Returns events as a list, or by source if a feature reads several."""
    if len(sources) == 1:
        return [dict(event) for _, event in events]
    return {source: [dict(event) for name, event in events if name == source] for source in sources}
