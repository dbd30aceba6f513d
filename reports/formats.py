"""Formats numbers, times and statuses for people, in the same way on pages, in alerts and in the terminal."""

import math
import re
from datetime import timedelta

from reports.moments import EPOCH, NOTHING, YEAR_1_S, YEAR_10000_S, instant, lasting
from reports.records import Score, Status

STATUS_WORDS: dict[Status, str] = {
    "firing": "firing",
    "pending": "pending",
    "resolving": "resolving",
    "failed": "failed",
    "muted": "muted",
    "stale": "stale",
    "too_few_rows": "too few rows",
    "warming_up": "warming up",
    "too_new": "too new",
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
NEVER = "not seen before"
DURATION = "DURATION"  # type of a statistic of times that is a duration (seconds)
UNITLESS = 1e15  # from this value on, scientific notation is clearer than a unit
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SIZES = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def number(value: float | None, digits: int = 3) -> str:
    """Formats a number with a few digits and a unit; `-` for None.

    >>> [number(value) for value in (None, 0, 12, 0.01234, 43679, -1.5e9, 999999)]
    ['-', '0', '12', '0.0123', '43.7k', '-1.5G', '1M']
    """
    if value is None:
        return NOTHING
    if not abs(value) < UNITLESS:
        return f"{value:.{digits}g}"
    rounded = float(f"{value:.{digits}g}")
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(rounded) >= size), (1.0, ""))
    return f"{rounded / size:.{digits}g}{unit}"


def reading(value: float | None, value_type: str, digits: int = 3) -> str:
    """Formats a value: a number, the minute (UTC) of a TIMESTAMP in seconds since 1970, or a `DURATION` in seconds.

    >>> reading(1_767_276_300, "TIMESTAMP"), reading(43679, "INT64"), reading(1e18, "TIMESTAMP")
    ('2026-01-01 14:05 UTC', '43.7k', '1e+18')
    >>> reading(5_400, DURATION)
    '1.5 h'
    """
    if value is not None and value_type == DURATION:
        return lasting(value * 1000, digits)
    if value is None or value_type != "TIMESTAMP" or not YEAR_1_S <= value < YEAR_10000_S:
        return number(value, digits)
    return (EPOCH + timedelta(seconds=math.floor(value))).isoformat(" ", "minutes") + " UTC"


def readings(now: float | None, before: float | None, value_type: str) -> tuple[str, str]:
    """Formats two values side by side: with up to six digits, if they look the same with three.

    >>> readings(212.41, 153.9, "DOUBLE"), readings(100.41, 100, "DOUBLE"), readings(7, 7, "INT64")
    (('212', '154'), ('100.4', '100'), ('7', '7'))
    """
    pairs = ((reading(now, value_type, digits), reading(before, value_type, digits)) for digits in range(3, 7))
    short = next(pairs)
    return short if short[0] != short[1] else next((pair for pair in pairs if pair[0] != pair[1]), short)


def kind_of(statistic: str, value_type: str) -> str:
    """Returns the type to format a statistic of values with: the standard deviation of times is a duration.

    >>> kind_of("std", "TIMESTAMP"), kind_of("mean", "TIMESTAMP"), kind_of("std", "INT64")
    ('DURATION', 'TIMESTAMP', 'INT64')
    """
    return DURATION if statistic == "std" and value_type == "TIMESTAMP" else value_type


def stored(value: object, value_type: str) -> str:
    """Formats a served value in full: a dash for None, lists in a row; times are ms since 1970.

    >>> stored(None, "INT64"), stored(2.50, "FLOAT"), stored(True, "BOOL"), stored([0], "ARRAY<TIMESTAMP>")
    ('-', '2.5', 'true', '1970-01-01T00:00:00.000Z')
    """
    if value is None:
        return NOTHING
    if isinstance(value, list):
        return ", ".join(stored(element, value_type[6:-1]) for element in value) or "(empty)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value_type == "TIMESTAMP" and isinstance(value, int):
        return instant(value)
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def count(value: float) -> str:
    """Formats a whole number with separators.

    >>> count(43679)
    '43,679'
    """
    return f"{value:,.0f}"


def percent(share: float | None) -> str:
    """Formats a share as a percentage.

    >>> [percent(share) for share in (None, 0, 0.00012, 0.021, 1)]
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


def size(count: int) -> str:
    """Formats a number of bytes.

    >>> size(512), size(3_400_000)
    ('512 B', '3.4 MB')
    """
    scale, unit = next(((scale, unit) for scale, unit in _SIZES if count >= scale), (1, "B"))
    return f"{count} B" if scale == 1 else f"{count / scale:.1f} {unit}"


def score(result: Score) -> str:
    """Formats a score with its threshold and number of rows.

    >>> score(Score(measure="psi", against="reference", score=0.29, threshold=0.1, n=43679, over=True))
    'PSI 0.29 over 0.1 (n 43,679)'
    """
    how = "over" if result.over else "under"
    return f"{measure(result.measure)} {number(result.score)} {how} {number(result.threshold)} (n {count(result.n)})"


def of_limit(result: Score) -> str:
    """Formats a score next to its threshold.

    >>> of_limit(Score(measure="psi", against="reference", score=0.04, threshold=0.1, n=43679, over=False))
    'PSI 0.04 of 0.1'
    """
    return f"{measure(result.measure)} {number(result.score)} of {number(result.threshold)}"


def measure(name: str) -> str:
    """Returns the display name of a drift measure; an unknown one keeps its name.

    >>> measure("psi"), measure("p99_share"), measure("new_one")
    ('PSI', 'share above p99', 'new one')
    """
    above = re.fullmatch(r"(p[\d_]+|max)_share", name)
    return f"share above {above[1]}" if above else MEASURE_WORDS.get(name, name.replace("_", " "))


def of_sample(sampled: int, entities: int) -> str:
    """Words the size of a sample of entities; empty if all entities were profiled.

    >>> of_sample(10_000, 83_112), of_sample(83_112, 83_112)
    ('from a sample of 10,000 of 83,112 entities', '')
    """
    return f"from a sample of {sampled:,} of {entities:,} entities" if sampled < entities else ""


def plural(many: int, word: str, words: str = "") -> str:
    """Formats a count with its noun in singular or plural.

    >>> plural(1, "feature"), plural(2, "feature"), plural(2, "is", "are")
    ('1 feature', '2 features', '2 are')
    """
    return f"{count(many)} {word if many == 1 else words or word + 's'}"


def usually(usual: str) -> str:
    """Words the usual value after a current one; a limit or a new value needs no "usually".

    >>> usually("154"), usually("at most 1 %"), usually(NEVER)
    ('usually 154', 'at most 1 %', 'not seen before')
    """
    alone = usual.startswith((NEVER, "at most ")) or " in data set " in usual
    return usual if alone else f"usually {usual}"
