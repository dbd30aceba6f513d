"""Real events -> the columns of a source: names, types, which say when and who."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from connectors.errors import HeadraceError

MOST_EVENTS = 10_000
INT64 = 2**63
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_UNITS = (("s", 1e9, 1e10), ("ms", 1e12, 1e13), ("us", 1e15, 1e16))
"""Units of a number that is a time from 2001 to 2286."""


class InvalidSample(HeadraceError, ValueError):
    """A file from which no source can be made; the text names the line."""


class SampledEvents(msgspec.Struct, frozen=True, kw_only=True):
    """What the events of a sample have in common: `columns` by type, those in `required` in every event.

    >>> SampledEvents.of([{"user_id": "u1", "at": "2026-01-01T00:00:00Z", "n": 1}, {"user_id": "u2", "n": 1.5}]).columns
    {'user_id': 'STRING', 'at': 'TIMESTAMP', 'n': 'DOUBLE'}
    """

    columns: dict[str, str]
    required: tuple[str, ...]
    times: dict[str, str]  # columns that may say when, with their unit
    entities: tuple[str, ...]  # columns that may say who
    left_out: tuple[str, ...]  # fields that no column can hold

    @classmethod
    def of(cls, events: Iterable[Mapping[str, Any]]) -> "SampledEvents":
        """What events have in common."""
        values: dict[str, list[Any]] = {}
        many = 0
        for event in events:
            many += 1
            for name, value in event.items():
                values.setdefault(name, []).append(value)
        types = {name: _type(seen) if _NAME.fullmatch(name) else None for name, seen in values.items()}
        columns = {name: chosen for name, chosen in types.items() if chosen}
        whole = [name for name in columns if len(values[name]) == many and None not in values[name]]
        units = {name: _unit(columns[name], values[name]) for name in columns}
        return cls(
            columns=columns,
            required=tuple(whole),
            times={name: unit for name, unit in units.items() if unit and name in whole},
            entities=tuple(name for name, chosen in columns.items() if _names_somebody(name, chosen)),
            left_out=tuple(name for name in values if name not in columns),
        )

    @classmethod
    def read(cls, file: Path) -> "SampledEvents":
        """The first events of a file of JSON lines. Raises InvalidSample."""
        events = list[Mapping[str, Any]]()
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip() and len(events) < MOST_EVENTS:
                    events.append(_event(file, number, line))
        if not events:
            raise InvalidSample(f"{file}: has no event; expected one JSON object a line")
        return cls.of(events)


def _event(file: Path, number: int, line: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidSample(f"{file}:{number}: is no JSON ({error}); expected one JSON object a line") from error
    if not isinstance(event, dict):
        raise InvalidSample(f"{file}:{number}: expected a JSON object")
    return event


def _type(values: Iterable[Any]) -> str | None:
    """The narrowest column type that takes all values; None when there is none."""
    present = [value for value in values if value is not None]
    kinds = {type(value) for value in present}
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int} and all(-INT64 <= value < INT64 for value in present):
        return "INT64"
    if float in kinds and kinds <= {int, float}:
        return "DOUBLE"
    if kinds == {str}:
        return "TIMESTAMP" if all(map(_is_instant, present)) else "STRING"
    return None


def _is_instant(text: str) -> bool:
    """Whether a text is a time with a zone, as a TIMESTAMP column takes it."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None and "T" in text
    except ValueError:
        return False


def _unit(chosen: str, values: Iterable[Any]) -> str | None:
    if chosen == "TIMESTAMP":
        return "iso"
    if chosen != "INT64":
        return None
    present = [value for value in values if value is not None]
    return next((unit for unit, low, high in _UNITS if all(low <= value < high for value in present)), None)


def _names_somebody(name: str, chosen: str) -> bool:
    return chosen in ("STRING", "INT64") and re.fullmatch(r"[a-z][a-z0-9_]*_id", name) is not None
