"""Tests sudden refusals: an alert within seconds, resolved when few are refused again, none by chance."""

from reports.alerting.event_counts import LATE, EventCounts
from reports.alerting.sources import RefusalRate
from tests.support.generators.seeds import rng_of


def fed(rate: RefusalRate, seconds: range, events: int, refused: int, reason: str = "not_json") -> list[int | None]:
    onsets = []
    for second in seconds:
        rejects = {reason: refused} if refused else {}
        rate.note(EventCounts(events=events, rejects=rejects, arrived_ms=1_000 * second))
        onsets.append(rate.onset_ms)
    return onsets


def test_a_changed_format_is_told_within_seconds() -> None:
    rate = RefusalRate()
    assert set(fed(rate, range(1, 600), 100, 0)) == {None}
    onsets = fed(rate, range(600, 660), 100, 100)
    assert onsets.index(600_000) <= 10 and rate.reason == "not_json"
    assert fed(rate, range(660, 800), 100, 0)[-1] is None


def test_a_slow_source_is_told_after_ten_events() -> None:
    rate = RefusalRate()
    fed(rate, range(1, 6_000, 60), 1, 0)
    assert fed(rate, range(6_000, 6_600, 60), 1, 1)[-1] == 6_000_000


def test_what_is_usually_refused_is_not_sudden() -> None:
    rng, rate = rng_of(5), RefusalRate()
    for interval in range(20):
        refused = int(rng.binomial(1_000, 0.08))
        counts = EventCounts(events=1_000, rejects={"not_json": refused}, arrived_ms=interval * 60_000 + 1)
        rate.note(counts)
        rate.learn(counts)
    assert rate.onset_ms is None and 0.05 < rate.usual < 0.11


def test_late_events_are_not_refused() -> None:
    rate = RefusalRate()
    assert fed(rate, range(1, 60), 100, 100, LATE)[-1] is None
