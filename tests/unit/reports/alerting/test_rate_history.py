"""How many events come: the slope that reports ask for is that of the newest interval."""

import msgspec

from reports.alerting.incidents.causes.rate_history import RateHistory
from reports.records import SourceReport
from tests.support.factories.reports import made_source

LENGTH_MS = 300_000
SLOWLY_FEWER = [3_000 - 50 * number for number in range(20)]


def interval(number: int, events: int) -> SourceReport:
    """A closed interval of orders without a pause."""
    start_ms = number * LENGTH_MS
    report = made_source("orders", start_ms=start_ms)
    return msgspec.structs.replace(report, end_ms=start_ms + LENGTH_MS, events=events, rejects={}, silent_ms=0)


def test_a_slope_is_that_of_the_newest_interval_however_often_it_was_asked_for() -> None:
    history, told = RateHistory(), list[str]()
    for number, events in enumerate(SLOWLY_FEWER):
        history.note(interval(number, events))
        told.append(history.slope(["logins", "orders"]))
        assert history.slope(["logins", "orders"]) == told[-1]
    assert told[0] == ""
    assert told[-2:] == [
        "orders: 445 events a minute, 575 within the last 1 h 35 min",
        "orders: 435 events a minute, 575 within the last 1 h 40 min",
    ]


def test_a_step_after_a_slope_is_none() -> None:
    history = RateHistory()
    for number, events in enumerate(SLOWLY_FEWER):
        history.note(interval(number, events))
    assert history.slope(["orders"])
    history.note(interval(len(SLOWLY_FEWER), 100))
    assert history.slope(["orders"]) == ""


def test_a_source_that_is_no_more_has_no_slope() -> None:
    history = RateHistory()
    for number, events in enumerate(SLOWLY_FEWER):
        history.note(interval(number, events))
    assert history.slope(["orders"])
    history.keep(["logins"])
    assert history.slope(["orders"]) == ""
