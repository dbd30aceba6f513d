"""Tests the usual quiet time of a source, learned from when its events were published."""

import msgspec
import numpy as np
import pytest

from reports.alerting.arrival_gaps import LEAST_MS, ArrivalGaps, Ticks, pauses_of
from tests.support.generators.seeds import rng_of

DAY, HOUR, MINUTE = 86_400, 3_600, 60
NOON = 20_000 * DAY + 12 * HOUR


def learned(ticks: Ticks, at_once: int = 500) -> ArrivalGaps:
    """Returns gaps learned from so many ticks at once, saved and restored in between."""
    gaps = ArrivalGaps()
    for first in range(0, len(ticks), at_once):
        gaps.learn(pauses_of(ticks[max(0, first - 1) : first + at_once]))
        gaps = msgspec.msgpack.decode(msgspec.msgpack.encode(gaps), type=ArrivalGaps)
    return gaps


def limit_s(gaps: ArrivalGaps, at_s: int) -> float | None:
    limit_ms = gaps.limit_ms(at_s * 1_000)
    return None if limit_ms is None else limit_ms / 1_000


@pytest.mark.parametrize("every_s", [1, 5, 60, 600])
def test_a_regular_feed_is_silent_after_a_few_gaps(every_s: int) -> None:
    ticks = np.arange(NOON - 3 * HOUR, NOON, every_s)
    limit = limit_s(learned(ticks), NOON)
    assert limit is not None
    assert max(LEAST_MS / 1_000, 2 * every_s) <= limit <= max(LEAST_MS / 1_000, 4 * every_s)


def test_it_is_the_same_whatever_came_at_once() -> None:
    ticks = np.unique(rng_of(3).integers(NOON - 3 * HOUR, NOON, 2_000))
    assert len({str(sorted(learned(ticks, at_once).counts.items())) for at_once in (1, 7, 5_000)}) == 1


def test_chance_alone_is_no_silence() -> None:
    """Events at random times over two hours, five seconds apart on average: no gap of the next two is a silence."""
    rng = rng_of(4)
    ticks = np.unique(rng.integers(NOON - 2 * HOUR, NOON, 1_440))
    later = np.unique(rng.integers(NOON, NOON + 2 * HOUR, 1_440))
    limit = limit_s(learned(ticks), NOON)
    assert limit is not None and np.diff(later).max() <= limit <= 30 * 5


def test_a_source_that_comes_in_bursts_is_silent_after_missing_some() -> None:
    burst = np.concatenate([np.arange(start, start + 200) for start in range(NOON - 3 * HOUR, NOON, 600)])
    limit = limit_s(learned(burst), NOON)
    assert limit is not None and 800 <= limit <= 1_600


def test_a_shop_that_is_closed_at_night_is_silent_at_noon_within_seconds_and_at_night_is_not() -> None:
    days = [np.arange(day * DAY + 8 * HOUR, day * DAY + 22 * HOUR, 5) for day in range(19_990, 20_000)]
    gaps = learned(np.concatenate(days))
    assert limit_s(gaps, NOON) == LEAST_MS / 1_000
    usual_ms = gaps.usual_ms((20_000 * DAY + 22 * HOUR - 5) * 1_000)
    assert usual_ms is not None and usual_ms >= 10 * HOUR * 1_000


def test_one_event_a_day_has_a_usual_gap_of_a_day() -> None:
    gaps = learned(np.array([day * DAY + 3 * HOUR for day in range(19_970, 20_000)]))
    assert DAY * 1_000 <= (gaps.usual_ms((20_000 * DAY + 3 * HOUR) * 1_000) or 0) <= 1.5 * DAY * 1_000


def test_a_load_of_history_teaches_nothing() -> None:
    """A million events within twenty seconds, and then none: no silence is reported."""
    assert limit_s(learned(np.arange(NOON - 20, NOON)), NOON) is None


def test_one_pause_is_not_usual_and_the_second_is() -> None:
    flow = np.arange(NOON - 3 * HOUR, NOON)
    once = flow[(flow < NOON - 2_000) | (flow > NOON - 1_700)]
    twice = once[(once < NOON - 1_500) | (once > NOON - 1_200)]
    assert limit_s(learned(once), NOON) == LEAST_MS / 1_000
    assert (limit_s(learned(twice), NOON) or 0) >= 600


def test_what_was_usual_long_ago_fades() -> None:
    slow = np.arange(NOON - 60 * DAY, NOON - 58 * DAY, 600)
    fast = np.arange(NOON - 2 * HOUR, NOON, 2)
    assert limit_s(learned(np.concatenate([slow, fast])), NOON) == LEAST_MS / 1_000
