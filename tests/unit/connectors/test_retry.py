"""Tests retries: pauses, the content and number of messages, and that a stop ends them."""

from functools import partial

import pytest

from connectors.messages import RunStopped
from connectors.retry import Backoff, Retry


class Away(Exception):
    """The error of an attempt."""


class Course:
    """A retry whose sleeps take no time, and all its messages."""

    def __init__(self, stop_after_s: float = float("inf")) -> None:
        self.slept: list[float] = []
        self.told: list[str] = []
        self.retry = Retry(
            Backoff(first_s=0.2, longest_s=3.0),
            stopping=lambda: sum(self.slept) >= stop_after_s,
            stopped=lambda reason: RunStopped(f"stopped: {reason}"),
            back=lambda waited_s: self.told.append(f"back after {waited_s:.1f} s"),
            sleep=self.slept.append,
        )

    def fail(self, *reasons: str) -> None:
        for reason in reasons:
            self.retry.after(reason, partial(self.told.append, reason))


class Failing:
    """Fails so often, then returns its number."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> int:
        if self.left:
            self.left -= 1
            raise Away(f"{self.left} more")
        return 7


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(first_s=1.0, longest_s=60.0)
    assert [backoff.after() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.failing
    backoff.succeeded()
    assert not backoff.failing and backoff.after() == 1


def test_a_failure_is_told_once_and_so_is_its_end() -> None:
    course = Course()
    result = course.retry.until_it_works(Failing(5), (Away,), lambda error: course.told.append(str(error)))
    assert result == 7
    assert course.told == ["4 more", "back after 6.0 s"]
    assert sum(course.slept) == pytest.approx(0.2 + 0.4 + 0.8 + 1.6 + 3.0)
    assert max(course.slept) <= 0.1


def test_what_never_failed_is_not_told() -> None:
    course = Course()
    assert course.retry.until_it_works(Failing(0), (Away,), lambda error: course.told.append(str(error))) == 7
    course.retry.succeeded()
    assert course.told == [] and course.slept == []


def test_another_reason_is_told_too() -> None:
    course = Course()
    course.fail("lost", "lost", "full", "full")
    course.retry.succeeded()
    course.fail("full")
    assert course.told == ["lost", "full", "back after 3.0 s", "full"]


def test_other_failures_pass_through_at_once() -> None:
    course = Course()

    def broken() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        course.retry.until_it_works(broken, (Away,), lambda error: course.told.append(str(error)))
    assert course.told == [] and course.slept == []


def test_a_stop_ends_the_pause_it_comes_in() -> None:
    course = Course(stop_after_s=0.5)
    with pytest.raises(RunStopped, match="stopped: lost"):
        course.fail("lost", "lost", "lost", "lost")
    assert sum(course.slept) == pytest.approx(0.5, abs=0.11)


def test_told_to_stop_before_the_first_failure_it_does_not_pause() -> None:
    course = Course(stop_after_s=0.0)
    with pytest.raises(RunStopped):
        course.fail("lost")
    assert course.slept == [] and course.told == ["lost"]
