"""Turns profiles of values into a fitting baseline, without keys that the same values would violate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.errors import HeadraceError
from governance.authoring.baselines.baseline_check import BaselineInterval, compared, exceeded
from governance.authoring.baselines.keys import keys_of, values_of
from reports.alerting import Limits
from reports.profiling import Profile
from reports.records import Subject

__all__ = ["BaselineInterval", "MeasuredBaseline", "NothingMeasured", "OmittedKey", "of_intervals", "of_profile"]


class NothingMeasured(HeadraceError):
    """There are no values to measure a baseline from; the text says why."""


@dataclass(frozen=True, slots=True)
class OmittedKey:
    """A key that does not hold: `beyond` intervals exceed it, enough for an alert."""

    key: str
    beyond: int


@dataclass(frozen=True, slots=True)
class MeasuredBaseline:
    """A baseline, the profile of all measured values, the number of intervals, and the keys left out."""

    baseline: Mapping[str, float]
    profile: Profile
    intervals: int
    left_out: tuple[OmittedKey, ...] = ()


def of_profile(profile: Profile, written: Sequence[str]) -> MeasuredBaseline:
    """Measures the baseline of one profile, with the given keys. Raises NothingMeasured."""
    if not profile.present:
        raise NothingMeasured("there are no values to measure: all of them are null")
    return MeasuredBaseline(values_of(profile, [profile], keys_of(profile, written)), profile, 1)


def of_intervals(
    subject: Subject, limits: Limits, intervals: Sequence[BaselineInterval], written: Sequence[str], since_ms: int
) -> MeasuredBaseline:
    """Measures the baseline of intervals from a time (ms) on, with the given keys. Raises NothingMeasured.

    Earlier intervals show since when windows are full: only full ones count.
    """
    counted = [interval for interval in compared(subject, limits, intervals) if interval.start_ms >= since_ms]
    parts = [interval.profile for interval in counted]
    whole = _merged(parts)
    if whole is None or not whole.present:
        raise NothingMeasured(_why(subject, intervals, since_ms))
    baseline, left_out = values_of(whole, parts, keys_of(whole, written)), list[OmittedKey]()
    while baseline and (beyond := exceeded(subject, limits, counted, baseline)):
        key, count = beyond.most_common(1)[0]
        left_out.append(OmittedKey(key, count))
        del baseline[key]
    return MeasuredBaseline(baseline, whole, len(counted), tuple(left_out))


def _merged(parts: Sequence[Profile]) -> Profile | None:
    if not parts:
        return None
    whole = Profile(parts[0].kind, 0)
    for part in parts:
        whole.merge(part)
    return whole


def _why(subject: Subject, intervals: Sequence[BaselineInterval], since_ms: int) -> str:
    if not any(interval.start_ms >= since_ms and interval.profile.rows for interval in intervals):
        return f"no entity has an event for {subject.feature} in this time; hint: check --from and --to"
    return (
        f"{subject.feature} has no complete values in this time: its topics start too late to fill its window, or all "
        "values are null; hint: use a later --from, or the archive (HEADRACE_ARCHIVE)"
    )
