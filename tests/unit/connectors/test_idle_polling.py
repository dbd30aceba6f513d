"""Tests that a quiet input is polled less often, and an active one at once."""

from datetime import UTC, datetime

from connectors.reading.idle_polling import QUIET_MS, IdlePolling, PollPauses

PAUSES = PollPauses(first_ms=1, longest_ms=2, quiet_ms=10)


class Hands:
    """A settable clock (ms)."""

    def __init__(self, ms: int = 1_700_000_000_003) -> None:
        self.ms = ms

    def clock(self) -> int:
        return self.ms

    def wall(self) -> float:
        return self.ms / 1000


def pause_of(quiet: IdlePolling, hands: Hands) -> int:
    """Returns how long the input is not polled (ms)."""
    awake = quiet.awake()
    return 0 if awake is None else round((awake - datetime.fromtimestamp(hands.wall(), UTC)).total_seconds() * 1000)


def looks_in_vain(quiet: IdlePolling, hands: Hands, count: int) -> list[int]:
    """Returns the pauses after so many empty polls; time passes with them."""
    pauses = []
    for _ in range(count):
        quiet.looked(any_items=False)
        pauses.append(pause_of(quiet, hands))
        hands.ms += pauses[-1]
    return pauses


def test_pauses_are_short_until_nothing_came_for_long() -> None:
    hands = Hands()
    quiet = IdlePolling(PAUSES, hands.clock, hands.wall)
    assert quiet.awake() is None
    assert looks_in_vain(quiet, hands, 5) == [1, 2, 2, 2, 2]
    hands.ms += QUIET_MS
    assert looks_in_vain(quiet, hands, 20)[-3:] == [10, 10, 10]


def test_something_that_comes_ends_the_quiet_at_once() -> None:
    hands = Hands()
    quiet = IdlePolling(PAUSES, hands.clock, hands.wall)
    hands.ms += QUIET_MS
    looks_in_vain(quiet, hands, 20)
    quiet.looked(any_items=True)
    assert quiet.awake() is None
    assert looks_in_vain(quiet, hands, 4) == [1, 2, 2, 2]


def test_quiet_inputs_look_at_the_same_moments_and_never_later_than_the_longest_pause() -> None:
    hands = Hands()
    inputs = [IdlePolling(PAUSES, hands.clock, hands.wall) for _ in range(3)]
    hands.ms += QUIET_MS
    awake = set()
    for source in inputs:
        for _ in range(20):
            source.looked(any_items=False)
        assert 0 < pause_of(source, hands) <= PAUSES.quiet_ms
        awake.add(source.awake())
        hands.ms += 1
    assert len(awake) == 1


def test_a_clock_that_is_set_back_makes_no_input_quiet_or_busy_for_ever() -> None:
    hands = Hands()
    quiet = IdlePolling(PAUSES, hands.clock, hands.wall)
    hands.ms -= 3_600_000
    assert looks_in_vain(quiet, hands, 4)[-1] == 2
    hands.ms += QUIET_MS
    assert looks_in_vain(quiet, hands, 20)[-1] == 10
