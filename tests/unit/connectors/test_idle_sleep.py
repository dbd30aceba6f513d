"""Tests that a process sleeps while none of its inputs is due, and never longer."""

from datetime import UTC, datetime

from connectors.reading.idle_sleep import LONGEST_S, QUIET_S, IdleSleep

BEGUN = 1_900_000_000.0


class Sleeper:
    """A clock that sleeping advances."""

    def __init__(self) -> None:
        self.now = BEGUN
        self.slept = list[float]()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds

    def date(self, after: float) -> datetime:
        return datetime.fromtimestamp(self.now + after, UTC)


def quiet() -> tuple[Sleeper, IdleSleep]:
    """Returns a process that has had no input for a while."""
    sleeper = Sleeper()
    rest = IdleSleep(sleeper.clock, sleeper.sleep)
    sleeper.now += QUIET_S
    return sleeper, rest


def test_it_rests_until_the_first_input_is_to_be_looked_at() -> None:
    sleeper, rest = quiet()
    due = sleeper.date(0.009)
    rest.until("logins", sleeper.date(0.002))
    assert rest.until("orders", due) == due
    sleeper.now += 0.002
    assert rest.until("logins", sleeper.date(0.010)) is None
    assert sleeper.slept == [0.007]


def test_who_kept_it_asleep_is_looked_at_before_it_sleeps_again() -> None:
    sleeper, rest = quiet()
    rest.until("logins", sleeper.date(0.2))
    assert sleeper.slept == [LONGEST_S]
    rest.until("orders", sleeper.date(0.012))
    assert sleeper.slept == [LONGEST_S]
    rest.until("logins", sleeper.date(0.2))
    assert sleeper.slept == [LONGEST_S, 0.012]


def test_a_rest_has_a_longest() -> None:
    sleeper, rest = quiet()
    rest.until("watch", sleeper.date(0.25))
    assert sleeper.slept == [LONGEST_S]


def test_nobody_rests_while_an_input_is_due() -> None:
    sleeper, rest = quiet()
    for due in (None, sleeper.date(-0.1), sleeper.date(0.001)):
        rest.until("orders", due)
        rest.until("logins", sleeper.date(0.012))
    assert sleeper.slept == []
    rest.left("orders")
    rest.until("logins", sleeper.date(0.012))
    assert sleeper.slept == [0.012]


def test_nobody_rests_until_what_came_last_is_long_over() -> None:
    sleeper, rest = quiet()
    rest.note_item()
    sleeper.now += QUIET_S - 0.1
    rest.until("orders", sleeper.date(0.01))
    assert sleeper.slept == []
    sleeper.now += 0.1
    rest.until("orders", sleeper.date(0.01))
    assert sleeper.slept == [0.01]


def test_a_clock_that_is_set_back_keeps_nobody_awake_for_ever() -> None:
    sleeper, rest = quiet()
    sleeper.now -= 3_600
    rest.until("orders", sleeper.date(0.01))
    assert sleeper.slept == []
    sleeper.now += QUIET_S
    rest.until("orders", sleeper.date(0.01))
    assert sleeper.slept == [0.01]
