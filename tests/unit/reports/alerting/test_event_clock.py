"""Tests wrong event times: an alert if a clock jumps, none if a phone or a producer sends buffered events."""

from collections.abc import Iterable

import numpy as np
import pytest

from reports.alerting.event_counts import EventCounts
from reports.alerting.sources.event_clock import ADOPTED, EventClock, times_off
from reports.alerting.time_offsets import offsets_of
from tests.support.factories.definitions import HOUR, MINUTE, SECOND
from tests.support.generators.seeds import seeds

LEAST = 20 * SECOND
A_SECOND = 10


def second(at_ms: int, offsets_ms: Iterable[float], refused: int = 0) -> EventCounts:
    offsets = np.array([*offsets_ms], np.float64)
    rejects = {"future": refused} if refused else {}
    return EventCounts(events=len(offsets), rejects=rejects, offsets=offsets_of(offsets), arrived_ms=at_ms)


def taught(offsets: Iterable[float] = (-200.0,), intervals: int = 10) -> EventClock:
    """Returns a clock that has learned such offsets for an hour."""
    clock = EventClock()
    for _ in range(intervals):
        clock.learn(offsets_of(np.array([*offsets], np.float64)))
    clock.note(second(HOUR, [*offsets]), LEAST)
    return clock


def lets(clock: EventClock, since_ms: int, ms: int, off_ms: float, share: float = 1.0) -> int | None:
    """Lets time pass in which a share of the events is off; returns when it is reported."""
    many = round(share * A_SECOND)
    for at_ms in range(since_ms, since_ms + ms, SECOND):
        clock.note(second(at_ms, [off_ms] * many + [-200.0] * (A_SECOND - many)), LEAST)
        if clock.onset_ms is not None:
            return at_ms
    return None


@pytest.mark.parametrize("off_ms", [30 * SECOND, 3 * MINUTE, HOUR, 24 * HOUR, -30 * SECOND, -HOUR, -24 * HOUR])
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_jump_is_told_with_its_length(off_ms: int, share: float) -> None:
    clock = taught()
    begun = HOUR + SECOND
    told = lets(clock, begun, 2 * MINUTE, off_ms, share)
    assert told is not None and told - begun <= (40 if off_ms < 0 else 20) * SECOND
    assert clock.onset_ms is not None and abs(clock.onset_ms - begun) <= 5 * SECOND
    assert clock.off(LEAST).by_ms == pytest.approx(off_ms, rel=1e-6)
    words = times_off(clock.off(LEAST), clock.range())
    assert ("ahead" if off_ms > 0 else "behind") in words.now and words.usual == "less than 1 s off"


def test_a_jump_is_over_when_times_are_as_before() -> None:
    clock = taught()
    lets(clock, HOUR + SECOND, MINUTE, HOUR)
    for at_ms in range(HOUR + MINUTE, HOUR + 4 * MINUTE, SECOND):
        clock.note(second(at_ms, [-200.0] * A_SECOND), LEAST)
    assert clock.onset_ms is None


def test_what_was_held_back_in_a_pause_is_no_jump() -> None:
    """A producer offline for ten minutes sends everything within one minute, and continues."""
    clock = taught()
    back = HOUR + 10 * MINUTE
    for tick in range(60):
        now = back + tick * SECOND
        happened = HOUR + tick * 10 * SECOND
        clock.note(second(now, [happened - now] * A_SECOND), LEAST)
        assert clock.onset_ms is None, tick
    assert lets(clock, back + MINUTE, 10 * MINUTE, -200.0) is None


@pytest.mark.parametrize("seed", seeds(3))
def test_a_phone_that_is_back_in_its_network_is_no_jump(seed: int) -> None:
    """About every minute one sends some events of the last hours at once."""
    print(f"{seed=}")
    rng = np.random.default_rng(seed)
    clock = taught()
    for at_ms in range(HOUR + SECOND, HOUR + len(seeds(120)) * MINUTE, SECOND):
        late = -rng.uniform(MINUTE, 5 * HOUR, 20) if rng.random() < 1 / 60 else np.empty(0)
        clock.note(second(at_ms, [*np.full(A_SECOND, -200.0), *late.tolist()]), LEAST)
        assert clock.onset_ms is None, at_ms


@pytest.mark.parametrize("seed", seeds(3))
def test_a_source_that_is_always_late_has_nothing_to_tell(seed: int) -> None:
    """Times are up to two hours behind; a jump of a day is reported, and becomes usual if it stays."""
    print(f"{seed=}")
    rng = np.random.default_rng(seed)
    usual = (-rng.uniform(0, 2 * HOUR, 500)).tolist()
    clock, end_ms = taught(usual), HOUR + len(seeds(60)) * MINUTE
    for at_ms in range(HOUR + SECOND, end_ms, SECOND):
        clock.note(second(at_ms, rng.choice(usual, A_SECOND)), LEAST)
        assert clock.onset_ms is None, at_ms
    assert lets(clock, end_ms, MINUTE, -24.0 * HOUR) is not None
    for _ in range(ADOPTED + 20):
        clock.learn(offsets_of(np.full(A_SECOND, -24.0 * HOUR)))
    assert lets(clock, end_ms + MINUTE, MINUTE, -24.0 * HOUR) is None


def test_before_anything_is_usual_refused_times_are_told_alone() -> None:
    late, ahead = EventClock(), EventClock()
    assert lets(late, HOUR, 5 * MINUTE, -HOUR) is None
    for at_ms in range(HOUR, HOUR + 10 * SECOND, SECOND):
        ahead.note(second(at_ms, [HOUR] * A_SECOND, refused=A_SECOND), LEAST)
    assert ahead.onset_ms == HOUR
    assert times_off(ahead.off(LEAST), ahead.range()).usual == "not after they arrive"
