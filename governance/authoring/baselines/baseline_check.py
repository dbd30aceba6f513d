"""Checks a baseline against the intervals it is measured from, with the monitor that will judge values by it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec

from reports.alerting import FeatureMonitor, Limits, RowProfiles
from reports.profiling import Profile
from reports.records import Subject

_BASELINE = "baseline"
_KEYS = {"mean_shift": "mean", "std_ratio": "std_dev"}
_SHARE = "_share"


@dataclass(frozen=True, slots=True)
class BaselineInterval:
    """The profile of a feature's values in one interval, from `start_ms` until `end_ms`."""

    start_ms: int
    end_ms: int
    profile: Profile


def compared(subject: Subject, limits: Limits, intervals: Iterable[BaselineInterval]) -> list[BaselineInterval]:
    """Returns the intervals whose values are compared: windows are full, and topics were read from their start.

    Their profiles drop the time of the first event, so that any part of them is compared, too.
    """
    monitor, closed = _monitor(subject, limits), list[BaselineInterval]()
    for interval in intervals:
        profile = interval.profile.values_only()
        monitor.take(RowProfiles(subject.feature, {interval.start_ms: profile}), interval.start_ms)
        if profile.rows and monitor.compares(interval.start_ms, interval.end_ms):
            closed.append(replace(interval, profile=_of_old(profile)))
        monitor.close(interval.start_ms, interval.end_ms)
    return closed


def exceeded(
    subject: Subject, limits: Limits, intervals: Iterable[BaselineInterval], baseline: Mapping[str, float]
) -> Counter[str]:
    """Returns how many intervals exceed each key of a baseline, if they would raise an alert; otherwise empty."""
    monitor = _monitor(msgspec.structs.replace(subject, baseline=dict(baseline)), limits)
    beyond, fired = Counter[str](), False
    for interval in intervals:
        monitor.take(RowProfiles(subject.feature, {interval.start_ms: interval.profile}), interval.start_ms)
        report, _ = monitor.close(interval.start_ms, interval.end_ms)
        beyond.update(_key(score.measure) for score in report.scores if score.over and score.against == _BASELINE)
        fired = fired or monitor.fires("drift", _BASELINE)
    return beyond if fired else Counter()


def _of_old(profile: Profile) -> Profile:
    profile = profile.values_only()
    profile.note_oldest(0)
    return profile


def _monitor(subject: Subject, limits: Limits) -> FeatureMonitor:
    """Creates a monitor without rules, because only values are compared."""
    return FeatureMonitor(subject, (), limits)


def _key(measure: str) -> str:
    """Returns the key that a measure reads: `p95` of `p95_share`."""
    return _KEYS.get(measure, measure.removesuffix(_SHARE))
