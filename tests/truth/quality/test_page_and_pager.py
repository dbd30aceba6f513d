"""Tests second by second that no page says that a feature fires before its alert is sent, or after it is resolved."""

import re
from collections.abc import Callable

import pytest

from reports.alerting.incidents.muting import SETTLING
from reports.records import FeatureReport, SourceReport
from reports.verdict import interval_of
from tests.support.dataflow.quality.feeds import Spoil
from tests.support.dataflow.quality.played_shop import step_of
from tests.support.dataflow.quality.quality_play import QualityPlay
from tests.support.dataflow.quality.spoiled_events import of_xx, tripled, without_a_fifth
from tests.support.factories.definitions import MINUTE, SECOND

pytestmark = pytest.mark.long


def features_of(play: QualityPlay) -> list[FeatureReport]:
    """Returns what the pages show of features: the reports of open and of closed intervals."""
    known = [*play.shown.values(), *play.closed.values()]
    return [report for report in known if isinstance(report, FeatureReport)]


def alerted(play: QualityPlay) -> set[str]:
    """Returns the keys of the alerts that the pager knows as firing."""
    newest = {told.alert.key: told.alert.state for told in play.told}
    return {key for key, state in newest.items() if state == "firing"}


def compared(play: QualityPlay, notes: set[str]) -> Callable[[], bool]:
    """Compares page and pager at every step; collects the notes of pending features."""

    def compare() -> bool:
        keys = alerted(play)
        for report in features_of(play):
            assert {alert.key for alert in report.alerts} <= keys
            assert report.status not in ("firing", "resolving") or report.alerts
            assert "no event from" not in report.note  # events arrive all the time
            notes.update([report.note] if report.status == "pending" else [])
        assert keys or "as expected" in play.verdict
        return False

    return compare


@pytest.mark.parametrize("spoil", [tripled, of_xx, without_a_fifth])
def test_no_page_is_ahead_of_the_pager(play: QualityPlay, spoil: Spoil) -> None:
    play.step_ms = play.looks_ms = step_of(SECOND)
    play.feeds["orders"].spoil = spoil
    notes = set[str]()
    play.play(9 * MINUTE, compared(play, notes))
    assert play.told and play.verdict.startswith("orders: ")
    (note,) = {note.split("; ")[-1] for note in notes if "exceeded its threshold" not in note}
    assert note == SETTLING
    play.feeds["orders"].spoil = None
    play.play(20 * MINUTE, compared(play, notes))


def test_a_restart_while_symptoms_wait_records_each_interval_once(play: QualityPlay) -> None:
    """Killed at the moment at which the pages show them as pending: the next run begins the incident."""
    play.step_ms = play.looks_ms = SECOND
    play.feeds["orders"].spoil = tripled

    def waits() -> bool:
        return any(report.status == "pending" and SETTLING in report.note for report in features_of(play))

    assert play.play(15 * MINUTE, waits) is not None and play.told == []
    play.resume(play.stop())
    play.play(MINUTE)
    recorded = [(report.key, report.start_ms) for report in play.history if isinstance(report, FeatureReport)]
    assert len(recorded) == len(set(recorded)) and {start for _, start in recorded} == set(
        range(min(start for _, start in recorded), max(start for _, start in recorded) + 1, play.length_ms)
    )
    begun = {report.key for report in play.history if isinstance(report, FeatureReport) and report.status == "firing"}
    assert begun == {alert.feature for alert in play.fired} != set()


def test_every_time_of_day_names_its_zone(play: QualityPlay) -> None:
    """In alerts, which are read in a mail, in headlines and in notes: while a source is silent, and after."""
    play.feeds["orders"].on = False
    play.play(4 * MINUTE)
    said = {report.note for report in features_of(play)}
    play.feeds["orders"].on = True
    play.play(4 * MINUTE)
    said |= {report.note for report in features_of(play)} | {one.alert.summary for one in play.told}
    said |= {incident.headline for incident in play.incidents.values()}
    times = [time for text in said for time in re.findall(r"\d\d:\d\d(?::\d\d)?.{0,4}", text)]
    assert {one.alert.state for one in play.told} == {"firing", "resolved"}
    assert len(times) > 4 and all(time.endswith((" UTC", " to ")) for time in times), said


def dies(play: QualityPlay) -> None:
    play.feeds["orders"].on = False


def triples(play: QualityPlay) -> None:
    play.feeds["orders"].spoil = tripled


def stands_still(play: QualityPlay) -> None:
    kept = play.stop()
    play.play(MINUTE)
    play.resume(kept)


@pytest.mark.parametrize("wrong", [dies, triples, stands_still])
def test_the_report_of_an_interval_says_what_the_page_said(
    play: QualityPlay, wrong: Callable[[QualityPlay], None]
) -> None:
    """Its page is written when all reports of the interval have been recorded: the cause comes first there as well."""
    play.step_ms = play.looks_ms = SECOND
    begun, said = play.now, set[str]()
    wrong(play)

    def note() -> bool:
        said.add(play.verdict)
        return False

    play.play(6 * MINUTE, note)
    intervals = [
        interval_of(start, start + play.length_ms, features_at(play, start), sources_at(play, start))
        for start in range(begun - play.length_ms, begun + 5 * play.length_ms, play.length_ms)
    ]
    assert {interval.verdict for interval in intervals} <= said
    assert any(interval.verdict.startswith(("orders: ", "pipeline: ")) for interval in intervals)


def features_at(play: QualityPlay, start_ms: int) -> list[FeatureReport]:
    return [one for one in play.history if isinstance(one, FeatureReport) and one.start_ms == start_ms]


def sources_at(play: QualityPlay, start_ms: int) -> list[SourceReport]:
    return [one for one in play.history if isinstance(one, SourceReport) and one.start_ms == start_ms]
