"""Parses times given as text to milliseconds since 1970: ISO 8601 in its usual spellings, always with a zone.

A date is 2026-01-31, 20260131, 2026-031, 2026031 or 2026-W05-6; then T, t or a space; then 14, 14:30 or 14:30:59, with
or without colons, and a fraction of the last part after a point or a comma; then Z, z, +02, +0200 or +02:00, with or
without a space before it. Fractions of a millisecond are rounded down.
"""

import numpy as np

from compiled_loops import kernel
from dataflows.kernels.arrays import Bytes, Ints, Word

NO_TIME = np.iinfo(np.int64).min
"""Marks a text that is not a time."""

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_NONE = -1
_MOST_DIGITS = 12  # digits of a fraction; more do not change a millisecond
_ZERO, _NINE, _DASH, _PLUS, _COLON, _POINT, _COMMA, _SPACE = b"09-+:., "
_WEEK, _T, _SMALL_T, _Z, _SMALL_Z = b"WTtZz"
_MINUS = b"\xe2\x88\x92"  # U+2212, the minus sign of ISO 8601
_M0, _M1, _M2 = _MINUS


@kernel
def parse_times(offsets: Ints, data: Bytes, times: Ints) -> None:
    """Writes the time of each string (ms) into `times`; NO_TIME if it is not a time."""
    for row in range(times.shape[0]):
        times[row] = time_of(data, offsets[row], offsets[row + 1])


@kernel
def time_of(data: Bytes, position: Word, end: Word) -> Word:
    """Returns the time (ms) between a position and `end`; NO_TIME if it is not a time."""
    days, position = _date(data, position, end)
    if (
        days == NO_TIME
        or position >= end
        or not (data[position] == _T or data[position] == _SMALL_T or data[position] == _SPACE)
    ):
        return NO_TIME
    clock, leap, position = _clock(data, position + 1, end)
    offset = _zone(data, position, end)
    if clock == _NONE or offset == NO_TIME:
        return NO_TIME
    time = days * _DAY + clock - offset
    if leap and time // _SECOND * _SECOND % _DAY != 0:
        return NO_TIME
    return time


@kernel
def _date(data: Bytes, position: Word, end: Word) -> tuple[Word, Word]:
    """Parses a date; returns days since 1970 and the position after it."""
    year = _digits(data, position, end, 4)
    position += 4
    if year < 1 or position >= end:
        return NO_TIME, position
    dashed = data[position] == _DASH
    position += dashed
    if position < end and data[position] == _WEEK:
        return _week_date(data, position + 1, end, year, dashed)
    run = _run(data, position, end)
    if run == 3:
        return _ordinal(year, _digits(data, position, end, 3)), position + 3
    month, last = _digits(data, position, end, 2), position + 2 + dashed
    if run != (2 if dashed else 4) or (dashed and not _is(data, position + 2, end, _DASH)):
        return NO_TIME, position
    return _civil(year, month, _digits(data, last, end, 2)), last + 2


@kernel
def _week_date(data: Bytes, position: Word, end: Word, year: Word, dashed: bool) -> tuple[Word, Word]:
    week, last = _digits(data, position, end, 2), position + 2 + dashed
    day = _digits(data, last, end, 1)
    if (dashed and not _is(data, position + 2, end, _DASH)) or week < 1 or day < 1 or day > 7:
        return NO_TIME, position
    monday, next_monday = _first_monday(year), _first_monday(year + 1)
    days = monday + (week - 1) * 7 + day - 1
    return (days if days < next_monday else NO_TIME), last + 1


@kernel
def _first_monday(year: Word) -> Word:
    """Returns the Monday of the week that contains January 4; 1970 began on a Thursday."""
    fourth = _civil(year, 1, 4)
    return fourth - (fourth + 3) % 7


@kernel
def _ordinal(year: Word, day: Word) -> Word:
    if day < 1 or day > 365 + _is_leap(year):
        return NO_TIME
    return _civil(year, 1, 1) + day - 1


@kernel
def _civil(year: Word, month: Word, day: Word) -> Word:
    """Returns the days since 1970 of a Gregorian date."""
    if month < 1 or month > 12 or day < 1 or day > _days_of(year, month):
        return NO_TIME
    shifted = year - (month <= 2)  # years begin in March, so that the leap day comes last
    days = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + days - 719_468


@kernel
def _days_of(year: Word, month: Word) -> Word:
    if month == 2:
        return 28 + _is_leap(year)
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


@kernel
def _is_leap(year: Word) -> Word:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@kernel
def _clock(data: Bytes, position: Word, end: Word) -> tuple[Word, bool, Word]:
    """Parses a time of day; returns ms since midnight, whether it is a leap second, and the position after it."""
    hour, unit = _digits(data, position, end, 2), _HOUR
    position += 2
    colons = _is(data, position, end, _COLON)
    minute, second = _digits(data, position + colons, end, 2), _NONE
    if minute != _NONE:
        position, unit = position + colons + 2, _MINUTE
        if _is(data, position, end, _COLON) == colons:
            second = _digits(data, position + colons, end, 2)
        if second != _NONE:
            position, unit = position + colons + 2, _SECOND
    fraction, position = _fraction(data, position, end, unit)
    clock = hour * _HOUR + max(minute, 0) * _MINUTE + max(second, 0) * _SECOND + fraction
    if hour < 0 or hour > 24 or minute > 59 or second > 60 or fraction < 0 or (hour == 24 and clock > _DAY):
        return _NONE, False, position
    return clock, second == 60, position


@kernel
def _fraction(data: Bytes, position: Word, end: Word, unit: Word) -> tuple[Word, Word]:
    """Parses the fraction of a unit; returns ms and the position after it."""
    if not (_is(data, position, end, _POINT) or _is(data, position, end, _COMMA)):
        return 0, position
    position += 1
    count = _run(data, position, end)
    known = min(count, _MOST_DIGITS)
    value = _digits(data, position, end, known)
    return (value * unit // 10**known if count else _NONE), position + count


@kernel
def _zone(data: Bytes, position: Word, end: Word) -> Word:
    """Parses the zone, the rest of the text; returns its offset from UTC (ms)."""
    position += _is(data, position, end, _SPACE)
    if position + 1 == end and (data[position] == _Z or data[position] == _SMALL_Z):
        return 0
    sign = 1 if _is(data, position, end, _PLUS) else -1
    long_minus = (
        position + 2 < end and data[position] == _M0 and data[position + 1] == _M1 and data[position + 2] == _M2
    )
    if sign < 0 and not _is(data, position, end, _DASH) and not long_minus:
        return NO_TIME
    position += 3 if long_minus else 1
    hours = _digits(data, position, end, 2)
    position += 2
    minutes = 0
    if position < end:
        position += _is(data, position, end, _COLON)
        minutes = _digits(data, position, end, 2)
        position += 2
    if position != end or hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return NO_TIME
    return sign * (hours * _HOUR + minutes * _MINUTE)


@kernel
def _digits(data: Bytes, position: Word, end: Word, count: Word) -> Word:
    """Parses `count` digits; returns _NONE if there are fewer."""
    if position + count > end:
        return _NONE
    value = 0
    for place in range(position, position + count):
        digit = int(data[place]) - _ZERO
        if digit < 0 or digit > 9:
            return _NONE
        value = value * 10 + digit
    return value


@kernel
def _run(data: Bytes, position: Word, end: Word) -> Word:
    """Counts the digits that start at a position."""
    run = 0
    while position + run < end and _ZERO <= data[position + run] <= _NINE:
        run += 1
    return run


@kernel
def _is(data: Bytes, position: Word, end: Word, char: Word) -> Word:
    return position < end and data[position] == char
