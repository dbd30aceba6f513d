"""From where to where history is asked for: times of events, or positions of partitions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connectors.errors import ExitCode, HeadraceError
from connectors.messages import Extent
from dataflows.history.jobs import Extents

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_MS = 32_503_680_000_000
"""The end of the year 2999."""
_POSITION = re.compile(r"(?P<source>[^/@,\s]+)/(?P<partition>[^/@,\s]+)@(?P<position>[^@,\s]+)")


class BadBound(HeadraceError):
    """A bound that is neither a time nor positions; the message gives the expectation."""

    exit_code = ExitCode.WRONG


@dataclass(frozen=True, slots=True)
class HistoryBound:
    """A time of events (ms), or by source and partition a position."""

    time: int | None
    positions: Mapping[tuple[str, str], str]


def bound_of(text: str) -> HistoryBound:
    """Reads an ISO time (UTC unless it names a zone), ms since 1970, or positions. Raises BadBound.

    >>> bound_of("2026-01-01T00:00:00Z").time
    1767225600000
    >>> bound_of("orders/0@1200,orders/1@1180").positions["orders", "1"]
    '1180'
    """
    if "@" in text:
        return HistoryBound(None, _positions(text))
    try:
        time = int(text) if text.isdigit() else _time(text)
    except ValueError:
        raise BadBound(
            f"{text!r} is neither a time nor a position; expected an ISO time such as 2026-01-31T12:00:00Z, "
            "ms since 1970, or positions such as orders/0@1200,orders/1@1180"
        ) from None
    if not 0 <= time < END_MS:
        raise BadBound(f"{text} is not a time of events; expected one from 1970 to 2999")
    return HistoryBound(time, {})


def narrowed(extents: Extents, first: HistoryBound | None, end: HistoryBound | None) -> Extents:
    """The extents from and up to the positions of bounds. Raises BadBound for a partition that is not there."""
    for bound in (first, end):
        for source, partition in bound.positions if bound else ():
            if partition not in extents.get(source, {}):
                known = ", ".join(f"{name}/{part}" for name, parts in extents.items() for part in parts)
                raise BadBound(f"{source}/{partition} is not a partition of a source that is read; known: {known}")
    return {
        source: {part: _narrowed(extent, (source, part), first, end) for part, extent in parts.items()}
        for source, parts in extents.items()
    }


def _narrowed(extent: Extent, place: tuple[str, str], first: HistoryBound | None, end: HistoryBound | None) -> Extent:
    if first and place in first.positions:
        extent = replace(extent, first=first.positions[place])
    if end and place in end.positions:
        extent = replace(extent, end=end.positions[place])
    return extent


def _positions(text: str) -> dict[tuple[str, str], str]:
    parts = [(part, _POSITION.fullmatch(part.strip())) for part in text.split(",")]
    for part, match in parts:
        if match is None:
            raise BadBound(f"{part!r} is not a position; expected SOURCE/PARTITION@POSITION, such as orders/0@1200")
    return {(match["source"], match["partition"]): match["position"] for _, match in parts if match}


def _time(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // timedelta(milliseconds=1)
