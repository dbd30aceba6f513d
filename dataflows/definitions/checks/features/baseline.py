"""Checks the baseline_profile of a feature: its keys apply to the values, its numbers are possible and consistent."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from dataflows.definitions.checks.features.value_ranges import least_of, range_of
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.value_types import element_type

SHARES = ("null_ratio", "unique_ratio", "true_ratio")
SIZES = "mean, std_dev, min, max, percentiles, null_ratio and unique_ratio"
_PERCENTILE = re.compile(r"p(\d{1,2}(?:_\d)?)")
_OF_TEXT, _OF_BOOL = ("null_ratio", "unique_ratio"), ("null_ratio", "true_ratio")
_WATCHED: Mapping[str, tuple[str, ...]] = {"STRING": _OF_TEXT, "BOOL": _OF_BOOL}
Problem = tuple[str, str, str | None]
"""(key, expectation, hint)."""


def check_baseline(spec: FeatureSpec, errors: FileErrors) -> None:
    """Reports keys that no check uses, impossible numbers, and contradicting numbers; each key once."""
    reported: set[str] = set()
    for check in _CHECKS:
        for key, expected, hint in check(spec):
            if key not in reported:
                reported.add(key)
                errors.add(("baseline_profile", key), expected, hint)


def _unwatched(spec: FeatureSpec) -> Iterator[Problem]:
    value_type = spec.value_type
    watched = _WATCHED.get(value_type)
    for key in spec.baseline_profile:
        if watched is not None and key not in watched:
            yield key, f"{' or '.join(watched)}, which {value_type} values have", f"nothing of {value_type} has a {key}"
        elif watched is None and key == "true_ratio":
            of = "an array's length" if element_type(value_type) else value_type
            yield key, f"a key that {of} has: {SIZES}", "only BOOL has a true_ratio"


def _impossible(spec: FeatureSpec) -> Iterator[Problem]:
    low, high = least_of(spec), range_of(spec)[1]
    for key, value in spec.baseline_profile.items():
        if key in SHARES:
            if not 0 <= value <= 1:
                yield key, "a share from 0 to 1", None
        elif key == "std_dev":
            if value <= 0:
                hint = None if value else "it checks nothing; for values that are all equal, set min and max"
                yield key, "a standard deviation of more than 0", hint
        elif not low <= value <= high:
            yield key, _within(spec, low, high), _unit(spec)


def _within(spec: FeatureSpec, low: float, high: float) -> str:
    """Words the range of possible values."""
    value_type = spec.value_type
    of = "the length of an array" if element_type(value_type) else f"a value of {value_type}"
    aggregation = spec.aggregation
    by = f" that {aggregation} gives" if aggregation and math.isfinite(low) and low == 0 else ""
    return f"{of}{by}: at least {low:.6g}" + (f" and at most {high:.6g}" if math.isfinite(high) else "")


def _unit(spec: FeatureSpec) -> str | None:
    return "times are in seconds since 1970" if spec.value_type == "TIMESTAMP" else None


def _contradicted(spec: FeatureSpec) -> Iterator[Problem]:
    baseline = spec.baseline_profile
    yield from _nothing_but_nulls(baseline)
    yield from _repeated(baseline)
    ordered = sorted((place, key) for key in baseline if (place := _place(key)) is not None)
    for (_, lower), (_, upper) in pairwise(ordered):
        if baseline[lower] > baseline[upper]:
            yield upper, f"at least {lower}, which is {baseline[lower]}", None
    yield from _beyond_ends(baseline)


def _place(key: str) -> float | None:
    """Returns the rank of a key among sorted values, from 0 to 100."""
    if percentile := _PERCENTILE.fullmatch(key):
        return float(percentile[1].replace("_", "."))
    return {"min": -1.0, "max": 101.0}.get(key)


def _nothing_but_nulls(baseline: Mapping[str, float]) -> Iterator[Problem]:
    others = [key for key in baseline if key != "null_ratio"]
    if baseline.get("null_ratio") == 1 and others:
        yield "null_ratio", f"less than 1 beside {', '.join(others)}", "with a null_ratio of 1 there are no values"


def _repeated(baseline: Mapping[str, float]) -> Iterator[Problem]:
    first: dict[float, str] = {}
    for key in baseline:
        place = _place(key)
        if place is not None and first.setdefault(place, key) != key:
            yield key, "each percentile once", f"{first[place]} is the same"


def _beyond_ends(baseline: Mapping[str, float]) -> Iterator[Problem]:
    low, high, mean = baseline.get("min"), baseline.get("max"), baseline.get("mean")
    if mean is not None and low is not None and mean < low:
        yield "mean", f"at least min, which is {low}", None
    if mean is not None and high is not None and mean > high:
        yield "mean", f"at most max, which is {high}", None
    if low is not None and high is not None and baseline.get("std_dev", 0) / 2 > high / 2 - low / 2 >= 0:
        yield "std_dev", "at most the distance from min to max", "values within them cannot be further apart"


_CHECKS: tuple[Callable[[FeatureSpec], Iterator[Problem]], ...] = (_unwatched, _impossible, _contradicted)
