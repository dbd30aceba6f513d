"""Every aggregation written out over a plain list, with the precision that an answer must have."""

import math
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dataflows.definitions.loader import Feature
from tests.support.oracle.declared_types import INFINITE, Scalar, Value, as_type, number

RELATIVE = 1e-9
LARGEST = sys.float_info.max
SQUARED = 1e-320
"""Squares of deviations below this are rounded to few bits, or to zero."""
SMALL = 1e-12
"""Magnitudes that a DDSketch counts as zero."""
EMPTY_IS_ZERO = frozenset({"count", "sum", "distinct_count", "approx_distinct"})


@dataclass(frozen=True, slots=True)
class Expected:
    """A value and the allowed difference of a correct answer (absolute, beside 1e-9 relative for floats).

    It `may_be_none` where doubles overflow on the way, in some order of the events.
    """

    value: Value
    slack: float = 0.0
    may_be_none: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The values that one feature folds at `at` (ms): (event time in ms, value) by rising time."""

    taken: Sequence[tuple[int, Scalar]]
    at: int
    options: Mapping[str, object]

    @property
    def values(self) -> list[Scalar]:
        return [value for _, value in self.taken]

    @property
    def numbers(self) -> list[float]:
        return [number(value) for value in self.values]


def _count(window: Window) -> Expected:
    return Expected(len(window.taken))


def exact(xs: Iterable[float]) -> Fraction:
    """Returns the sum without any rounding."""
    return sum(map(Fraction, xs), Fraction(0))


def as_float(x: Fraction | float) -> float:
    """Returns the nearest double, infinite beyond the largest."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def whole(xs: Sequence[float]) -> bool:
    """Returns whether these are integers, whose sums are exact."""
    return all(isinstance(x, int) for x in xs)


def _sum(window: Window) -> Expected:
    xs = window.numbers
    if whole(xs):
        return Expected(int(sum(xs)))
    up, down = exact(x for x in xs if x > 0), -exact(x for x in xs if x < 0)
    return Expected(as_float(up - down), RELATIVE * min(as_float(up + down), LARGEST), max(up, down) > LARGEST)


def _mean(window: Window) -> Expected:
    total, n = _sum(window), len(window.taken)
    if isinstance(total.value, int):
        return Expected(as_float(Fraction(total.value, n)))
    return Expected(as_float(exact(window.numbers) / n), total.slack / n, total.may_be_none)


def _variance(xs: Sequence[float]) -> Fraction:
    mean = exact(xs) / len(xs)
    return sum(((Fraction(x) - mean) ** 2 for x in xs), Fraction(0)) / (len(xs) - 1)


def _far_apart(xs: Sequence[float]) -> bool:
    """Returns whether the square of a deviation, times their number, may exceed the largest double."""
    return len(xs) * (Fraction(max(xs)) - Fraction(min(xs))) ** 2 > LARGEST


def _var(window: Window) -> Expected:
    xs = window.numbers
    if len(xs) < 2:
        return Expected(None)
    return Expected(as_float(_variance(xs)), SQUARED * len(xs), _far_apart(xs))


def _std(window: Window) -> Expected:
    xs = window.numbers
    if len(xs) < 2:
        return Expected(None)
    return Expected(_root(_variance(xs)), math.sqrt(SQUARED * len(xs)), _far_apart(xs))


def _root(x: Fraction) -> float:
    """Returns the square root, even of numbers outside the range of doubles."""
    halves = max(0, x.numerator.bit_length() - x.denominator.bit_length() - 1_000) // 2
    return math.sqrt(x / 4**halves) * 2.0**halves


def _min(window: Window) -> Expected:
    return Expected(min(window.numbers))


def _max(window: Window) -> Expected:
    return Expected(max(window.numbers))


def newest_first(window: Window) -> list[Scalar]:
    """Returns all values, newest first; at equal times the largest first."""
    return [value for _, value in sorted(window.taken, key=_order, reverse=True)]


def _order(taken: tuple[int, Scalar]) -> tuple[int, bool | int | float | str]:
    time, value = taken
    return time, "" if value is None else value


def _first(window: Window) -> Expected:
    return Expected(newest_first(window)[-1])


def _last(window: Window) -> Expected:
    return Expected(newest_first(window)[0])


def _last_k(window: Window) -> Expected:
    return Expected(newest_first(window)[: int(number(window.options["k"]))])


def _distinct_count(window: Window) -> Expected:
    return Expected(len(set(window.values)))


def _approx_distinct(window: Window) -> Expected:
    """Allows five standard errors of a HyperLogLog, and one more value that a collision hides; one value is always
    counted as one."""
    n = len(set(window.values))
    error = 1.04 / math.sqrt(2 ** int(number(window.options.get("precision", 12))))
    return Expected(n, 1.0 + 5 * error * n if n > 1 else 0.0)


def _quantile(window: Window) -> Expected:
    """Returns the value of rank floor(q * (n - 1)): a DDSketch answers within its relative error of it."""
    xs = sorted(window.numbers)
    ranked = xs[math.floor(number(window.options["quantile"]) * (len(xs) - 1))]
    return Expected(float(ranked), max(SMALL, number(window.options.get("relative_error", 0.01)) * abs(ranked)))


def _time_since_last(window: Window) -> Expected:
    return Expected((window.at - window.taken[-1][0]) / 1000)


FOLDS: dict[str, Callable[[Window], Expected]] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "std": _std,
    "var": _var,
    "min": _min,
    "max": _max,
    "first": _first,
    "last": _last,
    "last_k": _last_k,
    "distinct_count": _distinct_count,
    "approx_distinct": _approx_distinct,
    "quantile": _quantile,
    "time_since_last": _time_since_last,
}


def _empty(aggregation: str) -> Expected:
    if aggregation == "last_k":
        return Expected([])
    return Expected(0 if aggregation in EMPTY_IS_ZERO else None)


def fold(feature: Feature, taken: Sequence[tuple[int, Scalar]], at: int) -> Expected:
    """Folds one windowed feature over what it took of one entity (by rising time), at `at` (ms)."""
    start = (at - feature.window_ms) // feature.hop_ms * feature.hop_ms if feature.window_ms else None
    low = 0 if start is None else bisect_left(taken, start, key=by_time)
    inside = taken[low : bisect_left(taken, at, key=by_time)]
    aggregation = feature.aggregation or ""
    result = FOLDS[aggregation](Window(inside, at, feature.options)) if inside else _empty(aggregation)
    return typed(feature, result)


def typed(feature: Feature, result: Expected) -> Expected:
    """Returns the result in the declared type; an integer has no slack unless it is an estimate.

    None is also correct where only the slack decides whether an answer is infinite as a FLOAT.
    """
    value = result.value
    if feature.value_type == "FLOAT" and isinstance(value, float) and abs(abs(value) - INFINITE) <= result.slack:
        return Expected(value, result.slack, True)
    typed = as_type(value, feature.value_type)
    loose = isinstance(typed, float) or feature.aggregation == "approx_distinct"
    return Expected(typed, result.slack if loose else 0.0, result.may_be_none)


def by_time(taken: tuple[int, Scalar]) -> int:
    return taken[0]
