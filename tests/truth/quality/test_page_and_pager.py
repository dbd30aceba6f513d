"""Tests second by second that no page says that a feature fires before its alert is sent, or after it is resolved."""

from collections.abc import Callable

import pytest

from reports.alerting.incidents.muting import SETTLING
from reports.records import FeatureReport
from tests.support.dataflow.quality.feeds import Spoil
from tests.support.dataflow.quality.played_shop import step_of
from tests.support.dataflow.quality.quality_play import QualityPlay
from tests.support.dataflow.quality.spoiled_events import of_xx, tripled, without_a_fifth
from tests.support.factories.definitions import MINUTE, SECOND

pytestmark = pytest.mark.play


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
