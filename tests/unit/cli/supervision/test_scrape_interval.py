"""Tests that a dataflow with unchanging metrics is scraped less often."""

from cli.dashboard.metrics_scrape import MetricsScrape
from cli.supervision.scrape_interval import LONGEST_S, SHORTEST_S, ScrapeInterval


def pauses(*totals: float) -> list[float]:
    """Returns the pause after each reading of a counter."""
    pace, now, waits = ScrapeInterval(), 100.0, []
    assert pace.due(now)
    for total in totals:
        pace.read(MetricsScrape(now, {"headrace_events_total": {("orders",): total}}))
        begun = now
        while not pace.due(now):
            now += 0.25
        waits.append(now - begun)
    return waits


def test_numbers_that_move_are_read_often() -> None:
    assert pauses(1, 2, 3, 4) == [SHORTEST_S] * 4


def test_numbers_that_stand_still_are_read_seldom_until_they_move() -> None:
    waits = pauses(1, 1, 1, 1, 1, 1, 2, 3)
    assert waits[0] == SHORTEST_S
    assert waits[4] == waits[5] == LONGEST_S
    assert waits == sorted(waits[:6]) + [SHORTEST_S] * 2
