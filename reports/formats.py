"""Formats numbers, times and statuses for people."""

import math
import re
from datetime import UTC, datetime, timedelta

from reports.records import Score, Status

STATUS_WORDS: dict[Status, str] = {
    "firing": "firing",
    "pending": "pending",
    "resolving": "resolving",
    "failed": "failed",
    "stale": "stale",
    "too_few_rows": "too few rows",
    "warming_up": "warming up",
    "no_baseline": "no baseline",
    "ok": "ok",
}
MEASURE_WORDS: dict[str, str] = {
    "mean_shift": "mean shift",
    "std_ratio": "spread ratio",
    "psi": "PSI",
    "js": "JS distance",
    "ks": "KS distance",
    "w1": "Wasserstein",
    "l_infinity": "largest move",
    "new_share": "new values",
}
NOTHING = "-"
YEAR_1_S, YEAR_10000_S = -62_135_596_800, 253_402_300_800
UNITLESS = 1e15  # at and above this, scientific notation is clearer than a unit
EPOCH = datetime(1970, 1, 1)
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def number(value: float | None) -> str:
    """Formats a number with three digits and a unit; `-` for None.

    >>> [number(one) for one in (None, 0, 12, 0.01234, 43679, -1.5e9, 999999)]
    ['-', '0', '12', '0.0123', '43.7k', '-1.5G', '1M']
    """
    if value is None:
        return NOTHING
    if not abs(value) < UNITLESS:
        return f"{value:.3g}"
    three = float(f"{value:.3g}")
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(three) >= size), (1.0, ""))
    return f"{three / size:.3g}{unit}"


def reading(value: float | None, value_type: str) -> str:
    """Formats a value of a feature: a number, or the minute (UTC) of a TIMESTAMP given in seconds since 1970.

    >>> reading(1_767_276_300, "TIMESTAMP"), reading(43679, "INT64"), reading(1e18, "TIMESTAMP")
    ('2026-01-01 14:05', '43.7k', '1e+18')
    """
    if value is None or value_type != "TIMESTAMP" or not YEAR_1_S <= value < YEAR_10000_S:
        return number(value)
    return (EPOCH + timedelta(seconds=math.floor(value))).isoformat(" ", "minutes")


def count(value: float) -> str:
    """Formats a whole number with separators.

    >>> count(43679)
    '43,679'
    """
    return f"{value:,.0f}"


def percent(share: float | None) -> str:
    """Formats a share as a percentage.

    >>> [percent(one) for one in (None, 0, 0.00012, 0.021, 1)]
    ['-', '0 %', '0.012 %', '2.1 %', '100 %']
    """
    return NOTHING if share is None else f"{share * 100:.2g} %" if share < 0.995 else f"{share * 100:.0f} %"


def change(now: float, before: float) -> str:
    """Formats a change in percent of the earlier value; as a difference if that is zero or of another sign.

    >>> [change(138, 100), change(50, 100), change(3, 0), change(5000, 10)]
    ['+38 %', '-50 %', '+3', 'x500']
    """
    if before == 0 or now * before < 0:
        return f"{'+' if now >= before else ''}{number(now - before)}"
    ratio = now / before
    return f"x{number(ratio)}" if ratio >= 10 else f"{round((ratio - 1) * 100):+d} %"


def clock(at_ms: int, beside_ms: int | None = None) -> str:
    """Formats hours and minutes (UTC), with the date if it differs from that of `beside_ms`.

    >>> clock(1_767_276_300_000), clock(1_767_276_300_000, 0)
    ('14:05', '2026-01-01 14:05')
    """
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    same = beside_ms is None or at.date() == datetime.fromtimestamp(beside_ms / 1000, UTC).date()
    return f"{at:%H:%M}" if same else f"{at:%Y-%m-%d %H:%M}"


def moment(at_ms: int) -> str:
    """Formats date and time (UTC).

    >>> moment(1_767_276_300_000)
    '2026-01-01 14:05:00'
    """
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def span(start_ms: int, end_ms: int) -> str:
    """Formats an interval (UTC), with seconds only if they are not zero.

    >>> span(1_767_276_300_000, 1_767_276_600_000), span(1_767_276_300_000, 1_767_276_301_000)
    ('2026-01-01 14:05 to 14:10 UTC', '2026-01-01 14:05:00 to 14:05:01 UTC')
    """
    form = "%H:%M:%S" if start_ms % 60_000 or end_ms % 60_000 else "%H:%M"
    start, end = (datetime.fromtimestamp(at / 1000, UTC) for at in (start_ms, end_ms))
    until = f"{end:{form}}" if start.date() == end.date() else f"{end:%Y-%m-%d {form}}"
    return f"{start:%Y-%m-%d {form}} to {until} UTC"


def lasting(ms: float) -> str:
    """Formats a duration in its largest unit.

    >>> [lasting(one) for one in (20, 1_500, 1_200_000, 5_400_000, 604_800_000)]
    ['20 ms', '1.5 s', '20 min', '1.5 h', '7 d']
    """
    size, unit = next(((size, unit) for size, unit in _SPANS if ms >= size), (1, "ms"))
    return f"{ms / size:.3g} {unit}"


def seconds(value: float | None) -> str:
    """Formats a latency given in seconds.

    >>> seconds(0.0304), seconds(None)
    ('30.4 ms', '-')
    """
    return NOTHING if value is None else lasting(float(f"{value * 1000:.3g}"))


def score(one: Score) -> str:
    """Formats a score with its threshold and number of rows.

    >>> score(Score(measure="psi", against="reference", score=0.29, threshold=0.1, n=43679, over=True))
    'PSI 0.29 over 0.1 (n 43,679)'
    """
    how = "over" if one.over else "under"
    return f"{measure(one.measure)} {number(one.score)} {how} {number(one.threshold)} (n {count(one.n)})"


def measure(name: str) -> str:
    """Returns the display name of a drift measure; an unknown one keeps its name.

    >>> measure("psi"), measure("p99_share"), measure("new_one")
    ('PSI', 'share above p99', 'new one')
    """
    above = re.fullmatch(r"(p[\d_]+|max)_share", name)
    return f"share above {above[1]}" if above else MEASURE_WORDS.get(name, name.replace("_", " "))


def plain(text: str, most: int) -> str:
    """Makes a foreign text safe to show on one line: no control characters, at most `most` characters.

    >>> plain("a\\x00b\\u202ec", 9), plain("a_very_long_name_indeed", 9)
    ('a?b?c', 'a_ve…deed')
    """
    seen = "".join(letter if letter.isprintable() else "?" for letter in text)
    half = (most - 1) // 2
    return seen if len(seen) <= most else f"{seen[: most - 1 - half]}…{seen[len(seen) - half :]}"


def opening(text: str, most: int) -> str:
    """Returns the start of a sentence, safe to show on one line.

    >>> opening("mean +38 % against the baseline", 12)
    'mean +38 %…'
    """
    seen = plain(text, len(text))
    return seen if len(seen) <= most else f"{seen[: most - 1].rstrip()}…"


def plural(many: int, word: str, words: str = "") -> str:
    """Formats a count with its noun in singular or plural.

    >>> plural(1, "feature"), plural(2, "feature"), plural(2, "is", "are")
    ('1 feature', '2 features', '2 are')
    """
    return f"{many} {word if many == 1 else words or word + 's'}"
