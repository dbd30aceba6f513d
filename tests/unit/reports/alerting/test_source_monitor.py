"""Tests the monitor of a source: silence, rejected events, merging intakes."""

import itertools
from collections.abc import Sequence

from reports.alerting.event_counts import EventCounts
from reports.alerting.observations import SourceCounts
from reports.alerting.sources import SourceMonitor
from reports.records import Alert, Sample, SourceReport
from tests.support.dataflow.quality.monitored_feature import LIMITS, START, STEP


def sources(intakes: Sequence[EventCounts], judge: SourceMonitor) -> tuple[list[SourceReport], list[Alert]]:
    reports: list[SourceReport] = []
    fired: list[Alert] = []
    for place, intake in enumerate(intakes):
        start = START + place * STEP
        again = SourceMonitor("orders", "raw-orders", LIMITS, owner="o")
        again.load(judge.dump())
        judge = again
        report, alerts = closed(judge, intake, start)
        reports.append(report)
        fired += alerts
    return reports, fired


def closed(judge: SourceMonitor, counts: EventCounts, start: int) -> tuple[SourceReport, tuple[Alert, ...]]:
    judge.take(SourceCounts("source:orders", {start: counts}), start)
    return judge.close(start, start + STEP)


def intake(place: int, rejects: int = 0) -> EventCounts:
    arrived = START + place * STEP + 60_000
    reasons = {"not_json": rejects} if rejects else {}
    return EventCounts(events=1_000, rejects=reasons, arrived_ms=arrived, newest_ms=arrived - 5)


def test_silence_of_a_source_is_told_once_and_is_over_with_its_next_event() -> None:
    intakes = [intake(0), intake(1), *[EventCounts()] * 5, intake(7)]
    reports, fired = sources(intakes, SourceMonitor("orders", "raw-orders", LIMITS))
    arrived = START + STEP + 60_000
    assert [(alert.rule, alert.state, alert.onset_ms) for alert in fired] == [
        ("silence", "firing", arrived), ("silence", "resolved", arrived),
    ]  # fmt: skip
    firing, over = fired
    assert (firing.key, firing.group, firing.feature, firing.owner) == (over.key, "orders", "", "o")
    assert firing.at_ms == START + 5 * STEP and firing.windows == 3  # 1,140 s, the first over 900
    assert firing.summary == "no event for 19 min, usually one within 15 min"
    assert [len(report.alerts) for report in reports] == [0, 0, 0, 0, 1, 1, 1, 0]
    assert reports[6].alerts[0].windows == 5 and reports[6].silent_ms == START + 7 * STEP - arrived
    assert reports[6].newest_ms == arrived - 5 and over.at_ms == START + 8 * STEP


def test_a_source_that_never_had_an_event_is_silent_since_the_run_began() -> None:
    _, fired = sources([EventCounts()] * 5, SourceMonitor("orders", "raw-orders", LIMITS))
    assert [(alert.state, alert.onset_ms, alert.at_ms) for alert in fired] == [("firing", START, START + 4 * STEP)]


def test_refused_events_over_the_rate_fire() -> None:
    intakes = [intake(place, rejects) for place, rejects in enumerate([5, 50, 50, 50, 0, 0, 0])]
    reports, fired = sources(intakes, SourceMonitor("orders", "raw-orders", LIMITS))
    assert [(alert.rule, alert.detail, alert.state) for alert in fired] == [
        ("refusals", "rejects", "firing"), ("refusals", "rejects", "resolved"),
    ]  # fmt: skip
    assert fired[0].summary == "events rejected (mostly not_json) 5 %, at most 1 %"
    assert reports[1].rejects == {"not_json": 50}


def test_an_open_interval_of_a_source_changes_nothing() -> None:
    judge = SourceMonitor("orders", "raw-orders", LIMITS)
    closed(judge, intake(0), START)
    before = judge.dump()
    report = judge.open(START + STEP, START + 2 * STEP)
    assert not report.closed and report.silent_ms == 2 * STEP - 60_000 and judge.dump() == before


def test_intakes_merge_in_any_order() -> None:
    samples = [Sample(entity="", value=str(number), at_ms=number, reason="late") for number in range(30)]
    parts = [
        EventCounts(events=2, rejects={"late": 1}, samples=tuple(samples[:15]), arrived_ms=5, newest_ms=9),
        EventCounts(events=3, rejects={"not_json": 2}, samples=tuple(samples[15:]), arrived_ms=7),
        EventCounts(),
    ]
    for first, second, third in itertools.permutations(parts):
        total = first + (second + third)
        assert total == (first + second) + third == EventCounts.load(total.dump())
        assert (total.events, total.rejects, total.arrived_ms) == (5, {"late": 1, "not_json": 2}, 7)
        assert total.newest_ms == 9 and list(total.samples) == samples[-20:]


def read(place: int, lag_ms: int) -> EventCounts:
    """Returns events until shortly before the end of an interval, each read so long after it was published."""
    arrived = START + (place + 1) * STEP - 1_000
    return EventCounts(events=1_000, arrived_ms=arrived, published_ms=arrived - lag_ms)


def test_a_delay_that_lasts_is_not_learned_as_usual_and_one_that_is_small_is() -> None:
    delayed = [read(place, 500 if place < 15 else 60_000) for place in range(80)]
    reports, _ = sources([*delayed, read(80, 500)], SourceMonitor("orders", "raw-orders", LIMITS))
    assert {report.behind_ms for report in reports[:15]} == {0}
    assert {report.behind_ms for report in reports[15:80]} == {59_500} and reports[80].behind_ms == 0
    slow = [read(place, 500 + 10_000 * (place > 4)) for place in range(30)]
    slower, _ = sources(slow, SourceMonitor("orders", "raw-orders", LIMITS))
    assert (slower[5].behind_ms, slower[-1].behind_ms) == (10_000, 0)
