"""Every aggregation written out over a plain list, with how exact an answer must be."""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dataflows.spec import Feature

Scalar = bool | int | float | str | None
Value = Scalar | list[Scalar]
RELATIVE = 1e-9
EMPTY_IS_ZERO = frozenset({"count", "sum", "distinct_count", "approx_distinct"})


@dataclass(frozen=True, slots=True)
class Expected:
    """A value and how far a right answer may stand from it (absolute, beside 1e-9 relative for floats)."""

    value: Value
    slack: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """What one feature folds at `at` (ms): (event time in ms, value) by rising time."""

    taken: Sequence[tuple[int, Scalar]]
    at: int
    options: Mapping[str, object]

    @property
    def values(self) -> list[Scalar]:
        return [value for _, value in self.taken]

    @property
    def numbers(self) -> list[float]:
        return [number(value) for value in self.values]


def number(value: object) -> float:
    """The value as an int or float; TypeError when it is neither (bool counts as neither)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {value!r}")
    return value


def _count(window: Window) -> Expected:
    return Expected(len(window.taken))


def _sum(window: Window) -> Expected:
    xs = window.numbers
    total = sum(xs) if all(isinstance(x, int) for x in xs) else math.fsum(xs)
    return Expected(total, RELATIVE * math.fsum(map(abs, xs)))


def _mean(window: Window) -> Expected:
    xs = window.numbers
    return Expected(math.fsum(xs) / len(xs), RELATIVE * math.fsum(map(abs, xs)) / len(xs))


def _variance(xs: Sequence[float]) -> float:
    mean = math.fsum(xs) / len(xs)
    return math.fsum((x - mean) ** 2 for x in xs) / (len(xs) - 1)


def _var(window: Window) -> Expected:
    xs = window.numbers
    if len(xs) < 2:
        return Expected(None)
    variance, largest = _variance(xs), max(map(abs, xs))
    return Expected(variance, RELATIVE * largest * math.sqrt(variance) + (RELATIVE * largest) ** 2)


def _std(window: Window) -> Expected:
    xs = window.numbers
    if len(xs) < 2:
        return Expected(None)
    return Expected(math.sqrt(_variance(xs)), RELATIVE * max(map(abs, xs)))


def _min(window: Window) -> Expected:
    return Expected(min(window.numbers))


def _max(window: Window) -> Expected:
    return Expected(max(window.numbers))


def newest_first(window: Window) -> list[Scalar]:
    """All values, newest first; of equal times the largest first."""
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
    """Five standard errors of a HyperLogLog; one value is always counted as one, a collision may hide one."""
    n = len(set(window.values))
    error = 1.04 / math.sqrt(2 ** int(number(window.options.get("precision", 12))))
    return Expected(n, max(1.0, 5 * error * n) if n > 1 else 0.0)


def _quantile(window: Window) -> Expected:
    """The value of rank floor(q * (n - 1)): a DDSketch answers within its relative error of it."""
    xs = sorted(window.numbers)
    exact = xs[math.floor(number(window.options["quantile"]) * (len(xs) - 1))]
    return Expected(float(exact), number(window.options.get("relative_error", 0.01)) * abs(exact))


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


def as_type(value: Value, value_type: str) -> Value:
    """The value in the family of its declared type: seconds are cut to whole ones for integers."""
    if isinstance(value, list):
        inner = value_type.removeprefix("ARRAY<").removesuffix(">")
        return [_as_scalar(item, inner) for item in value]
    return _as_scalar(value, value_type)


def _as_scalar(value: Scalar, value_type: str) -> Scalar:
    if value is None:
        return None
    if value_type in ("INT32", "INT64"):
        return math.floor(number(value))
    return float(number(value)) if value_type in ("FLOAT", "DOUBLE") else value


def fold(feature: Feature, taken: Sequence[tuple[int, Scalar]], at: int) -> Expected:
    """One windowed feature over what it took of one entity (by rising time), at `at` (ms)."""
    start = (at - feature.window_ms) // feature.hop_ms * feature.hop_ms if feature.window_ms else None
    low = 0 if start is None else bisect_left(taken, start, key=by_time)
    inside = taken[low : bisect_left(taken, at, key=by_time)]
    aggregation = feature.aggregation or ""
    result = FOLDS[aggregation](Window(inside, at, feature.options)) if inside else _empty(aggregation)
    return typed(feature, result.value, result.slack)


def typed(feature: Feature, value: Value, slack: float) -> Expected:
    """In the declared type; an integer has no slack unless it is an estimate."""
    found = as_type(value, feature.value_type)
    loose = isinstance(found, float) or feature.aggregation == "approx_distinct"
    return Expected(found, slack if loose else 0.0)


def by_time(taken: tuple[int, Scalar]) -> int:
    return taken[0]
