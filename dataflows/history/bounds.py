"""Parses the bounds of history: times of events, or positions of partitions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.archive.naming import order, partition_number
from connectors.errors import ExitCode, HeadraceError
from connectors.messages import Extent
from dataflows.history.jobs import Extents
from reports.moments import instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_MS = 32_503_680_000_000
"""The end of the year 2999."""
_FIRST_MS = 100_000_000_000
"""March 1973 (ms); times in seconds until the year 5138 are smaller numbers, and so are dates without dashes."""
_POSITION = re.compile(r"(?P<source>[^/@,\s]+)/(?P<partition>[^@,\s]+)@(?P<position>[^@,\s]+)")
_NUMBERS = re.compile(r"[0-9]{1,18}(:[0-9]{1,18})*")


class InvalidBound(HeadraceError):
    """A bound is neither a time nor positions; the message gives the expectation."""

    exit_code = ExitCode.WRONG


@dataclass(frozen=True, slots=True)
class HistoryBound:
    """A time of events (ms), or a position by source and partition."""

    time: int | None
    positions: Mapping[tuple[str, str], str]


def bound_of(text: str) -> HistoryBound:
    """Parses an ISO time (UTC unless it names a zone), ms since 1970, or positions. Raises InvalidBound.

    >>> bound_of("2026-01-01T00:00:00Z").time
    1767225600000
    >>> bound_of("orders/0@1200,orders/1@1180").positions["orders", "1"]
    '1180'
    """
    if "@" in text:
        return HistoryBound(None, _positions(text))
    text = text.strip()
    try:
        time = number_of_ms(int(text)) if text.isdigit() else _time(text)
    except ValueError:
        raise InvalidBound(
            f"{text!r} is neither a time nor a position; expected an ISO time such as 2026-01-31T12:00:00Z, "
            "ms since 1970, or positions such as orders/0@1200,orders/1@1180"
        ) from None
    if not 0 <= time < END_MS:
        raise InvalidBound(f"{text} is not a valid event time; expected a time from 1970 to 2999")
    return HistoryBound(time, {})


def number_of_ms(number: int) -> int:
    """Returns a number of ms since 1970 unchanged. Raises InvalidBound for seconds, or a date without dashes.

    >>> number_of_ms(1_767_225_600_000), number_of_ms(0)
    (1767225600000, 0)
    """
    if 0 < number < _FIRST_MS:
        raise InvalidBound(
            f"{number} is {instant(number)} in ms since 1970, probably by mistake; expected ms, or an ISO time such "
            "as 2026-01-31T12:00:00Z"
        )
    return number


def narrowed(extents: Extents, first: HistoryBound | None, end: HistoryBound | None) -> Extents:
    """Narrows extents to the positions of bounds.

    A partition is identified by its number or its full name. Raises InvalidBound if either does not exist.
    """
    firsts, ends = (_placed(bound.positions if bound else {}, extents) for bound in (first, end))
    return {
        source: {
            part: _narrowed(
                f"{source}/{partition_number(part)}", extent, firsts.get((source, part)), ends.get((source, part))
            )
            for part, extent in parts.items()
        }
        for source, parts in extents.items()
    }


def _placed(positions: Mapping[tuple[str, str], str], extents: Extents) -> dict[tuple[str, str], str]:
    """Returns positions by the names that partitions have in their topics."""
    names = {(source, name): (source, name) for source, parts in extents.items() for name in parts}
    names |= {(source, str(partition_number(name))): (source, name) for source, name in names}
    for (source, partition), position in positions.items():
        if (source, partition) not in names:
            known = ", ".join(f"{of}/{partition_number(name)}" for of, parts in extents.items() for name in parts)
            raise InvalidBound(f"{source}/{partition} is not a partition of a source to read; known: {known}")
        of, name = names[source, partition]
        _expect_inside(f"{source}/{partition}@{position}", position, extents[of][name])
    return {names[place]: position for place, position in positions.items()}


def _expect_inside(written: str, position: str, extent: Extent) -> None:
    if not _NUMBERS.fullmatch(position) or len(order(position)) != len(order(extent.end)):
        raise InvalidBound(f"{written} is not a position of its topic; expected one such as {extent.end}")
    if not order(extent.first) <= order(position) <= order(extent.end):
        raise InvalidBound(
            f"{written} is no longer or not yet in the topic; expected a position from {extent.first} to {extent.end}"
        )


def _narrowed(place: str, extent: Extent, first: str | None, end: str | None) -> Extent:
    narrowed = Extent(first or extent.first, end or extent.end)
    if order(narrowed.first) > order(narrowed.end):
        raise InvalidBound(
            f"--from {place}@{narrowed.first} is behind --to {place}@{narrowed.end}; expected an earlier position"
        )
    return narrowed


def _positions(text: str) -> dict[tuple[str, str], str]:
    parts = [(part, _POSITION.fullmatch(part.strip())) for part in text.split(",")]
    for part, match in parts:
        if match is None:
            raise InvalidBound(f"{part!r} is not a position; expected SOURCE/PARTITION@POSITION, such as orders/0@1200")
    return {(match["source"], match["partition"]): match["position"] for _, match in parts if match}


def _time(text: str) -> int:
    moment = datetime.fromisoformat(text.upper())
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // timedelta(milliseconds=1)
