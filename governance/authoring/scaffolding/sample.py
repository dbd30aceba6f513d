"""Derives the columns of a source from real events: names, types, times and ids."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from connectors.errors import HeadraceError
from governance.authoring.scaffolding.sampled_columns import column_type, why_left_out
from governance.authoring.scaffolding.sampled_times import most_likely_first, unit_of, why_no_time

MOST_EVENTS = 10_000
EXPECTED = "expected one JSON object per line"


class InvalidSample(HeadraceError, ValueError):
    """No source can be made from a file; the text names the line."""


class SampledEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of sampled events: `columns` by type, those in `required` are in every event.

    >>> SampledEvents.of([{"user_id": "u1", "at": "2026-01-01T00:00:00Z", "n": 1}, {"user_id": "u2", "n": 1.5}]).columns
    {'user_id': 'STRING', 'at': 'TIMESTAMP', 'n': 'DOUBLE'}
    """

    events: int
    columns: dict[str, str]
    required: tuple[str, ...]
    times: dict[str, str]  # columns that can be the event time, with their unit, the most likely first
    no_times: dict[str, str]  # columns that look like times, and why they cannot be the event time
    entities: dict[str, str]  # keys of entities, with the column of each
    left_out: dict[str, str]  # fields that no column can hold, and why
    refused: tuple[str, ...] = ()  # lines that are not events, and why

    @classmethod
    def of(cls, events: Iterable[Mapping[str, Any]], refused: Iterable[str] = ()) -> "SampledEvents":
        """Collects the facts of events."""
        values, count = _values(events)
        types = {name: column_type(name, seen) for name, seen in _apart(values).items()}
        columns = {name: chosen for name, chosen in types.items() if chosen}
        whole = [name for name in columns if len(values[name]) == count and None not in values[name]]
        units = {name: unit_of(columns[name], values[name]) for name in whole}
        reasons = {name: why_no_time(values[name], count) for name in columns if not units.get(name)}
        return cls(
            events=count,
            columns=columns,
            required=tuple(whole),
            times=most_likely_first({name: unit for name, unit in units.items() if unit}),
            no_times={name: why for name, why in reasons.items() if why},
            entities=dict(_somebody(columns)),
            left_out={name: _why(name, seen, types) for name, seen in values.items() if name not in columns},
            refused=tuple(refused),
        )

    @classmethod
    def read(cls, file: Path) -> "SampledEvents":
        """Reads the first events of a file of JSON lines. Raises InvalidSample."""
        with file.open("rb") as stream:
            lines = list(islice(((number, line) for number, line in enumerate(stream, 1) if line.strip()), MOST_EVENTS))
        parsed = {number: _event(line) for number, line in lines}
        events = [event for event in parsed.values() if isinstance(event, dict)]
        refused = [f"{file}:{number}: {why}" for number, why in parsed.items() if isinstance(why, str)]
        if not events or _is_list(file):
            raise InvalidSample(_no_lines(file, refused))
        return cls.of(events, refused)


def entity_key(column: str) -> str:
    """Returns the key of the entity whose id is in a column.

    >>> entity_key("userId"), entity_key("user_id"), entity_key("customer")
    ('user_id', 'user_id', 'customer_id')
    """
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()
    return snake if snake.endswith("_id") else f"{snake}_id"


def _values(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, list[Any]], int]:
    values: dict[str, list[Any]] = {}
    events_read = 0
    for event in events:
        events_read += 1
        for name, value in event.items():
            values.setdefault(name, []).append(value)
    return values, events_read


def _apart(values: Mapping[str, list[Any]]) -> Mapping[str, list[Any]]:
    """Removes names that differ from an earlier one only in case."""
    first = {name.lower(): name for name in reversed([*values])}
    return {name: seen for name, seen in values.items() if first[name.lower()] == name}


def _why(name: str, values: list[Any], types: Mapping[str, str | None]) -> str:
    return (
        why_left_out(name, values)
        if name in types
        else "SQL cannot distinguish it from a column that differs by case only"
    )


def _somebody(columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields columns whose name ends with _id or Id; of two with one key the first."""
    seen = set[str]()
    for name, chosen in columns.items():
        key = entity_key(name)
        if chosen in ("STRING", "INT64") and re.fullmatch(r"\w+(_id|Id|ID)", name) and key not in seen:
            seen.add(key)
            yield key, name


def _event(line: bytes) -> dict[str, Any] | str:
    """Parses the event of a line, or returns why there is none."""
    try:
        event = json.loads(line)
    except RecursionError:
        return "is nested too deeply"
    except ValueError as error:
        return f"is not JSON ({error})"
    return event if isinstance(event, dict) else "is JSON, but not an object"


def _no_lines(file: Path, refused: list[str]) -> str:
    """Words why a file has no event per line, with a remedy for a list of events."""
    if not refused:
        return f"{file}: contains no events; {EXPECTED}"
    hint = f"; `jq -c '.[]' {file}` converts a list of objects to lines" if _is_list(file) else ""
    return f"{refused[0]}; {EXPECTED}{hint}"


def _is_list(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
