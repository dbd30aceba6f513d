"""Finds the columns of a sample that can be the event time, the most likely first, and why others cannot."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dataflows.ingest.decoding.iso_times import times_of
from dataflows.kernels.strings.times import NO_TIME

_UNITS = {"s": (1e9, 1e10), "ms": (1e12, 1e13), "us": (1e15, 1e16)}
"""Bounds of a number that is a time from 2001 to 2286, by its unit."""
_NANOSECONDS = (1e18, 1e19)
_LIKELY = (
    re.compile(r"(event|occurred)_?(time|timestamp|ts|at|on)|timestamp|time|ts", re.IGNORECASE),
    re.compile(r".*(time|timestamp|_ts|_at|At|date)", re.IGNORECASE),
)


def is_instant(texts: Sequence[str]) -> list[bool]:
    """Returns which texts are times with a zone, as a TIMESTAMP column accepts them."""
    instants: list[bool] = (times_of(pl.Series(texts, dtype=pl.String)) != NO_TIME).tolist()
    return instants


def unit_of(column_type: str, values: Sequence[Any]) -> str | None:
    """Returns the unit of a time column, if every event has a time in it."""
    if column_type == "TIMESTAMP":
        return "iso"
    if column_type not in ("INT64", "DOUBLE"):
        return None
    return next((unit for unit, bounds in _UNITS.items() if _within(bounds, values)), None)


def why_no_time(values: Sequence[Any], events: int) -> str | None:
    """Words what is wrong with a column that looks like times; None if it does not. `events` is their number."""
    present = [value for value in values if value is not None]
    if not present or isinstance(present[0], bool):
        return None
    if all(isinstance(value, str) for value in present):
        return _why_no_text(present, events)
    if any(not isinstance(value, int | float) for value in present):
        return None
    if _within(_NANOSECONDS, present):
        return "nanoseconds since 1970; expected s, ms or us"
    return _missing(events - len(present)) if unit_of("INT64", present) else None


def most_likely_first(units: Mapping[str, str]) -> dict[str, str]:
    """Orders columns with their units: names of times before numbers that only have the size of a time."""
    return dict(sorted(units.items(), key=lambda column: _rank(*column)))


def _rank(name: str, unit: str) -> int:
    likely = next((rank for rank, pattern in enumerate(_LIKELY) if pattern.fullmatch(name)), len(_LIKELY))
    return min(likely, len(_LIKELY) - 1) if unit == "iso" else likely


def _why_no_text(texts: Sequence[str], events: int) -> str | None:
    if all(is_instant(texts)):
        return _missing(events - len(texts))
    if all(is_instant([f"{text}Z" for text in texts])):
        return f"a time without a zone ({texts[0]!r:.40}); expected one such as 2026-01-01T00:00:00Z"
    if all(text.isdecimal() and len(text) < 20 for text in texts) and unit_of("INT64", [*map(int, texts)]):
        return f"a number in quotes ({texts[0]!r:.40}); expected a number"
    return None


def _missing(events: int) -> str:
    return f"missing or null in {events:,} of the events"


def _within(bounds: tuple[float, float], values: Sequence[Any]) -> bool:
    return all(value is not None and bounds[0] <= value < bounds[1] for value in values)
