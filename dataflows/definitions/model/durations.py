"""Parses and formats durations as definitions write them: `30s`, `5m`, `24h`, `7d`, `1w`."""

import re

UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
PATTERN = r"[1-9][0-9]{0,8}[smhdw]"
LONGEST_MS = 36_500 * UNITS_MS["d"]
EXPECTED = "a duration such as 30s, 5m, 24h, 7d or 1w, at most 36500d"


def hint(value: object) -> str:
    """Suggests units for a number that lacks one; empty for anything else.

    >>> hint(10)
    'it has no unit: 10s, 10m, 10h or 10d'
    """
    number = str(value).strip()
    return f"it has no unit: {', '.join(number + unit for unit in 'smh')} or {number}d" if number.isdecimal() else ""


def parse(text: str) -> int:
    """Parses a duration to ms. Raises ValueError if the text is not a duration.

    >>> parse("90d")
    7776000000
    """
    if re.fullmatch(PATTERN, text, re.ASCII) is None:
        raise ValueError(f"{text!r} is not {EXPECTED}")
    length_ms = int(text[:-1]) * UNITS_MS[text[-1]]
    if length_ms > LONGEST_MS:
        raise ValueError(f"{text!r} is not {EXPECTED}")
    return length_ms


def format(ms: int) -> str:
    """Formats a duration in the largest unit that gives an integer; in ms if none does.

    >>> format(5_400_000), format(604_800_000), format(1_500)
    ('90m', '7d', '1500ms')
    """
    units = [(size, unit) for unit, size in UNITS_MS.items() if unit != "w" and ms % size == 0]
    if not units or ms == 0:
        return f"{ms}ms"
    size, unit = max(units)
    return f"{ms // size}{unit}"
