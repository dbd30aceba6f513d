"""Formats times and durations in the same way on pages, in alerts and in the terminal."""

from datetime import UTC, datetime

NOTHING = "-"
YEAR_1_S, YEAR_10000_S = -62_135_596_800, 253_402_300_800
EPOCH = datetime(1970, 1, 1)
SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def clock(at_ms: int, beside_ms: int | None = None) -> str:
    """Formats a time of day within a sentence: in UTC, with seconds unless they are 0, and with the date if it differs
    from that of `beside_ms`.

    >>> clock(1_767_276_300_000), clock(1_767_276_330_000), clock(1_767_276_300_000, 0)
    ('14:05 UTC', '14:05:30 UTC', '2026-01-01 14:05 UTC')
    """
    return f"{_time_of_day(at_ms, beside_ms)} UTC"


def clock_span(start_ms: int, end_ms: int, beside_ms: int) -> str:
    """Formats two such times within a sentence, each with its date if it differs from that of `beside_ms`.

    >>> clock_span(1_767_276_300_000, 1_767_276_600_000, 1_767_276_600_000)
    '14:05 to 14:10 UTC'
    """
    return f"{_time_of_day(start_ms, beside_ms)} to {clock(end_ms, beside_ms)}"


def _time_of_day(at_ms: int, beside_ms: int | None) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    same = beside_ms is None or moment.date() == datetime.fromtimestamp(beside_ms / 1000, UTC).date()
    return f"{moment:{'' if same else '%Y-%m-%d '}{'%H:%M:%S' if moment.second else '%H:%M'}}"


def minute(at_ms: float) -> str:
    """Formats day, hour and minute (UTC).

    >>> minute(1_767_276_300_000)
    '2026-01-01 14:05'
    """
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}"


def moment(at_ms: int) -> str:
    """Formats date and time (UTC).

    >>> moment(1_767_276_300_000)
    '2026-01-01 14:05:00'
    """
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def instant(at_ms: int) -> str:
    """Formats a time in ISO 8601, UTC; in ms outside the years 1 to 9999.

    >>> instant(1_767_276_300_250), instant(1 << 62)
    ('2026-01-01T14:05:00.250Z', '4611686018427387904 ms')
    """
    if not YEAR_1_S * 1000 <= at_ms < YEAR_10000_S * 1000:
        return f"{at_ms} ms"
    moment = datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=(at_ms % 1000) * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(start_ms: int, end_ms: int) -> str:
    """Formats an interval (UTC), with seconds only if they are not zero.

    >>> span(1_767_276_300_000, 1_767_276_600_000), span(1_767_276_300_000, 1_767_276_301_000)
    ('2026-01-01 14:05 to 14:10 UTC', '2026-01-01 14:05:00 to 14:05:01 UTC')
    """
    form = "%H:%M:%S" if start_ms % 60_000 or end_ms % 60_000 else "%H:%M"
    start, end = (datetime.fromtimestamp(time_ms / 1000, UTC) for time_ms in (start_ms, end_ms))
    until = f"{end:{form}}" if start.date() == end.date() else f"{end:%Y-%m-%d {form}}"
    return f"{start:%Y-%m-%d {form}} to {until} UTC"


def lasting(ms: float, digits: int = 3) -> str:
    """Formats a duration in its largest unit.

    >>> [lasting(ms) for ms in (20, 1_500, 1_200_000, 5_400_000, 604_800_000)]
    ['20 ms', '1.5 s', '20 min', '1.5 h', '7 d']
    """
    size, unit = next(((size, unit) for size, unit in SPANS if ms >= size), (1, "ms"))
    return f"{ms / size:.{digits}g} {unit}"


def seconds(value: float | None) -> str:
    """Formats a latency given in seconds.

    >>> seconds(0.0304), seconds(None)
    ('30.4 ms', '-')
    """
    return NOTHING if value is None else lasting(float(f"{value * 1000:.3g}"))


def elapsed(seconds: float) -> str:
    """Formats an elapsed time in its two largest units.

    >>> elapsed(7), elapsed(61), elapsed(3720), elapsed(90_000)
    ('7s', '1m01s', '1h02m', '1d01h')
    """
    total = int(seconds)
    if total < 60:
        return f"{total}s"
    if total < 3600:
        return f"{total // 60}m{total % 60:02d}s"
    if total < 86_400:
        return f"{total // 3600}h{total % 3600 // 60:02d}m"
    return f"{total // 86_400}d{total % 86_400 // 3600:02d}h"
