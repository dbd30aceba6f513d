"""Tests the conclusion from reports made by hand: order, volume, clock jumps, snapshots."""

import time
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from reports.alerting import Conclusion, IntervalQueue
from reports.incidents import Incident
from reports.records import Alert, ColumnProfile, FeatureReport, SourceReport
from tests.support.factories.quality.concluded_reports import (
    LENGTH,
    RULES,
    START,
    Out,
    alert,
    feature,
    lineage,
    settled,
    source,
    told,
)
from tests.support.generators.seeds import rng_of


def test_features_that_drift_together_are_one_incident_and_others_are_not() -> None:
    conclusion = Conclusion(lineage(5), RULES)
    together = [feature(f"f{number}", 7, alert(f"f{number}", 4 + number, 8)) for number in range(3)]
    out = settled(conclusion, [source(7), *together])
    incidents = [one for one in out if isinstance(one, Incident)]
    assert [(one.kind, one.source, len(one.symptoms)) for one in incidents] == [("drift", "orders", 3)]
    assert incidents[0].headline.startswith("orders: 3 features since 14:04 UTC; worst f2, mean 2, usually 1")
    later = [
        feature("f4", 30, alert("f4", 28, 31)),
        *(feature(f"f{at}", 30, alert(f"f{at}", 4 + at, 31)) for at in range(3)),
    ]
    assert len({one.incident for one in settled(conclusion, [source(30), *later]) if isinstance(one, Alert)}) == 1
    assert sum(isinstance(one, Incident) for one in settled(conclusion, [source(31), feature("f3", 31)])) == 0


def drift_in_a_silence() -> list[list[FeatureReport | SourceReport]]:
    """Returns the reports of a source that is silent for a while, and of features that drift meanwhile."""
    silence = alert("", 5, 7, "orders", "silence")
    by_subject: list[list[FeatureReport | SourceReport]] = [
        [source(at, *([silence] if 6 <= at < 9 else []), arrived=5 if 5 <= at < 9 else None) for at in range(30)],
    ]
    by_subject += [
        [feature(name, at, *([alert(name, 8, at + 1)] if 8 <= at < 20 else [])) for at in range(30)]
        for name in (f"f{number}" for number in range(4))
    ]
    return by_subject


def concluded(reports: Iterable[FeatureReport | SourceReport]) -> Out:
    """Returns what is sent of reports in this order; their queue is restored from its bytes after each."""
    conclusion, queue, out = Conclusion(lineage(4), RULES), IntervalQueue(lineage(4)), Out()

    def hear(intervals: Iterable[tuple[int, Any]]) -> None:
        for end_ms, heard in intervals:
            conclusion.hear_interval(heard.sources, heard.firing, end_ms)
            out.extend(conclusion.drain())

    for report in reports:
        queue.put(report)
        restored = IntervalQueue(lineage(4))
        restored.load(queue.dump())
        queue = restored
        hear(queue.complete())
    hear(queue.rest())
    return out


def test_the_order_in_which_subjects_are_judged_tells_nothing() -> None:
    """Subjects of a replay run ahead of each other: the result is the same, whichever is first."""
    rng, outs = rng_of(8), []
    by_subject = drift_in_a_silence()
    for _ in range(6):
        left = [iter(reports) for reports in by_subject]
        places = rng.permutation(np.repeat(np.arange(len(by_subject)), 30))
        outs.append(concluded(next(left[place]) for place in places))
    assert all(out == outs[0] for out in outs) and ("orders", "silence", "resolved") in told(outs[0])


def test_a_silence_holds_back_what_hangs_on_it_and_restarts_change_nothing() -> None:
    conclusion = Conclusion(lineage(3), RULES)
    silence = alert("", 5, 6, "orders", "silence")
    assert told(settled(conclusion, [source(5, silence, arrived=5)])) == [("orders", "silence", "firing")]
    for at in range(6, 12):
        again = Conclusion(lineage(3), RULES)
        assert again.load(conclusion.dump())
        conclusion = again
        conclusion.resume()
        (shown,) = conclusion.hear(feature("f1", at, alert("f1", 6, at + 1)))
        assert isinstance(shown, FeatureReport)
        assert (shown.status, shown.alerts) == ("muted", ()) and "silence of orders since 14:05 UTC" in shown.note
        assert told(settled(conclusion, [source(at, silence, arrived=5)])) == []
    assert told(settled(conclusion, [source(12)])) == [("orders", "silence", "resolved")]


def test_a_clock_that_jumps_is_at_most_a_standstill_that_ends() -> None:
    conclusion = Conclusion(lineage(1), RULES)
    conclusion.tick(START)
    conclusion.tick(START - 3_600_000)
    assert list(conclusion.drain()) == []
    conclusion.tick(START + 3_600_000)
    assert told(list(conclusion.drain())) == [("pipeline", "standstill", "firing")]
    conclusion.hear(source(61))
    conclusion.tick(START + 3_605_000)
    assert told(list(conclusion.drain())) == [("pipeline", "standstill", "resolved")]


def test_a_thousand_features_that_all_drift_do_not_hold_a_worker_up() -> None:
    """An interval of a thousand reports, all of them firing, costs less than its share of a second each."""
    conclusion = Conclusion(lineage(1_000), RULES)
    begun = time.process_time()
    for at in range(5, 10):
        reports = [feature(f"f{number}", at, alert(f"f{number}", 4, at + 1)) for number in range(1_000)]
        out = settled(conclusion, [source(at), *reports])
        assert len([one for one in out if isinstance(one, Incident)]) == 1
    assert (time.process_time() - begun) / 5_000 < 0.001
    assert len(conclusion.dump()) < 5_000_000


def test_an_incident_that_outlasts_the_memory_of_columns_keeps_its_cause() -> None:
    """The rate, which is remembered for longer, changed as well, but not when the values did."""
    conclusion, headlines = Conclusion(lineage(1), RULES), set[str]()
    for at in range(60):
        column = ColumnProfile(column="amount", events=300, mean=60.0 if at >= 20 else 20.0, std=10.0)
        heard = msgspec.structs.replace(source(at), events=600 if at >= 20 else 300, columns=(column,))
        fires = [alert("f0", 20, at + 1)] if at >= 22 else []
        out = settled(conclusion, [heard, feature("f0", at, *fires)])
        headlines.update(one.headline for one in out if isinstance(one, Incident))
    assert headlines == {"orders: mean of amount 60, usually 20, since 14:20 UTC; f0: mean 2, usually 1 (+100 %)"}


def test_another_version_starts_over() -> None:
    assert not Conclusion(lineage(1), RULES).load(b"\x92\x63\x90")


def test_a_source_read_late_is_late_since_its_newest_event_was_published() -> None:
    """The report of the interval before a standstill closes after it, with the delay of what was read since."""
    conclusion = Conclusion(lineage(1), RULES)
    late = msgspec.structs.replace(source(5, arrived=8), behind_ms=90_000)
    (incident,) = [one for one in settled(conclusion, [late]) if isinstance(one, Incident)]
    assert incident.kind == "standstill" and incident.onset_ms == START + 8 * LENGTH - 90_000


def test_no_symptom_ends_before_it_was_last_shown() -> None:
    """The open interval showed a silence until 14:08; the report of an earlier one closes after the next event."""
    conclusion = Conclusion(lineage(1), RULES)
    settled(conclusion, [source(7, alert("", 5, 8, "orders", "silence"), arrived=5)])
    out = settled(conclusion, [source(6, arrived=8)])
    assert [one.at_ms for one in out if isinstance(one, Alert)] == [START + 8 * LENGTH]
    assert [one.end_ms for one in out if isinstance(one, Incident)] == [START + 8 * LENGTH]
