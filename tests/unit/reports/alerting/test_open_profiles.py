"""Tests workers' profiles in open intervals: the newest of each counts, all together, and none twice."""

from collections.abc import Sequence

from reports.alerting.features.feature_monitor import FeatureMonitor, Limits
from reports.alerting.features.open_profiles import OpenProfiles
from reports.alerting.observations import FailedValues, RowProfiles
from reports.profiling.profile import Profile
from tests.support.dataflow.quality.monitored_feature import START, STEP, subject_of
from tests.support.factories.quality.drift_scores import profile_of


def told(monitor: FeatureMonitor, values: Sequence[float], start: int, home: str, earliest: int = START) -> None:
    """Sends a worker's entities in an interval."""
    monitor.take(RowProfiles("spend", {start: profile_of(list(values))}, home), earliest)


def test_the_newest_profile_of_each_worker_counts() -> None:
    monitor = FeatureMonitor(subject_of(), (), Limits())
    told(monitor, [1.0], START, "000")
    told(monitor, [5.0, 6.0], START, "001")
    told(monitor, [1.0, 2.0], START, "000")
    monitor.take(FailedValues("spend", START, {"overflow": 3}), START)
    monitor.take(FailedValues("spend", START, {"overflow": 4}), START)
    again = FeatureMonitor(subject_of(), (), Limits())
    again.load(monitor.dump())
    for one in (monitor, again):
        assert [*one.starts()] == [START]
        report, _ = one.close(START, START + STEP)
        assert (report.summary.rows, report.summary.mean, report.nulled) == (4, 3.5, {"overflow": 7})
        assert [*one.starts()] == []


def test_a_profile_of_a_closed_interval_is_not_counted_again() -> None:
    monitor = FeatureMonitor(subject_of(), (), Limits())
    told(monitor, [1.0], START, "000")
    monitor.close(START, START + STEP)
    told(monitor, [1.0, 2.0], START, "000", START + STEP)
    assert [*monitor.starts()] == []


def test_what_ended_before_the_first_interval_does_not_count_into_it() -> None:
    """Otherwise an entity that is active in both would count twice."""
    monitor = FeatureMonitor(subject_of(), (), Limits())
    told(monitor, [1.0, 2.0], START - STEP, "000")
    told(monitor, [3.0], START, "000")
    report, _ = monitor.close(START, START + STEP)
    assert (report.summary.rows, report.summary.mean) == (1, 3.0)


def test_a_sample_says_so_and_stands_for_all() -> None:
    profile = profile_of([1.0] * 250 + [0.0] * 250)
    profile.stand_for(5_000, nulls=1_000, violations=[])
    monitor = FeatureMonitor(subject_of(), (), Limits())
    monitor.take(RowProfiles("spend", {START: profile}, "000"), START)
    report, _ = monitor.close(START, START + STEP)
    summary = report.summary
    assert (summary.rows, summary.entities, summary.sampled, summary.nulls) == (5_000, 5_000, 500, 1_000)
    assert (summary.zeros, summary.mean) == (2_500, 0.5)
    assert report.note.endswith("; from a sample of 500 of 5,000 entities")


def test_an_interval_without_anything_is_empty() -> None:
    known = OpenProfiles(lambda: Profile("number", rules=1))
    assert known.merged(START).rows == 0 and [*known.starts()] == []
    known.pop(START)


def test_entities_that_come_after_their_interval_was_closed_are_counted_and_said() -> None:
    """A worker paused beyond the grace period: of what it sends then, only unjudged values count, and once."""
    monitor = FeatureMonitor(subject_of(), (), Limits())
    told(monitor, [1.0] * 10, START, "000")
    told(monitor, [2.0] * 30, START, "001")
    monitor.close(START, START + STEP)
    told(monitor, [1.0] * 10, START, "000", START + STEP)
    monitor.load(monitor.dump())
    for sent in (40, 40, 45):
        told(monitor, [2.0] * sent, START, "001", START + STEP)
    told(monitor, [3.0] * 7, START, "002", START + STEP)
    assert monitor.open(START + STEP, START + STEP + 5_000).missed == 22
    report, _ = monitor.close(START + STEP, START + 2 * STEP)
    assert report.missed == 22
    assert report.note.endswith("; 22 entities of earlier intervals arrived too late to be checked")
    assert monitor.close(START + 2 * STEP, START + 3 * STEP)[0].missed == 0


def test_entities_of_an_interval_long_closed_are_counted_too() -> None:
    monitor = FeatureMonitor(subject_of(), (), Limits())
    for place in range(20):
        told(monitor, [1.0] * 10, START + place * STEP, "000", START + place * STEP)
        monitor.close(START + place * STEP, START + (place + 1) * STEP)
    told(monitor, [1.0] * 9, START + STEP, "000", START + 20 * STEP)
    assert monitor.close(START + 20 * STEP, START + 21 * STEP)[0].missed == 9
