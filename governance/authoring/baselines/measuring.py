"""Profiles of values -> the baseline that fits them; keys that the same values would violate are left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.errors import HeadraceError
from governance.authoring.baselines.judging import BaselineInterval, compared, exceeded
from governance.authoring.baselines.keys import keys_of, values_of
from reports.alerting import Limits
from reports.profiling import Profile
from reports.records import Subject

__all__ = ["BaselineInterval", "LeftOut", "MeasuredBaseline", "NothingMeasured", "of_intervals", "of_profile"]


class NothingMeasured(HeadraceError):
    """There are no values that a baseline could be measured of; the text says why."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A key that does not hold throughout: so many `beyond` of the intervals are off it, enough for an alert."""

    key: str
    beyond: int


@dataclass(frozen=True, slots=True)
class MeasuredBaseline:
    """A baseline, the profile of all values it was measured of, in how many intervals, and what does not hold."""

    baseline: Mapping[str, float]
    profile: Profile
    intervals: int
    left_out: tuple[LeftOut, ...] = ()


def of_profile(profile: Profile, written: Sequence[str]) -> MeasuredBaseline:
    """The baseline of one profile, with the keys that are written. Raises NothingMeasured."""
    if not profile.present:
        raise NothingMeasured("there are no values to measure: all of them are null")
    return MeasuredBaseline(values_of(profile, [profile], keys_of(profile, written)), profile, 1)


def of_intervals(
    subject: Subject, limits: Limits, intervals: Sequence[BaselineInterval], written: Sequence[str], since_ms: int
) -> MeasuredBaseline:
    """The baseline of intervals from a time (ms) on, with the keys that are written. Raises NothingMeasured.

    Intervals before show since when windows are full: only full ones count.
    """
    counted = [interval for interval in compared(subject, limits, intervals) if interval.start_ms >= since_ms]
    parts = [interval.profile for interval in counted]
    whole = _merged(parts)
    if whole is None or not whole.present:
        raise NothingMeasured(_why(subject, intervals, since_ms))
    baseline, left_out = values_of(whole, parts, keys_of(whole, written)), list[LeftOut]()
    while baseline and (beyond := exceeded(subject, limits, counted, baseline)):
        key, many = beyond.most_common(1)[0]
        left_out.append(LeftOut(key, many))
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
