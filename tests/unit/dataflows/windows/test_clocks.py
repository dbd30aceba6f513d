"""Tests the clocks: the wall clock never goes back, the watermark waits for the slowest partition."""

from connectors.messages import CatchUpProgress
from dataflows.kernels.offsets import ALWAYS
from dataflows.windows.clocks import CatchUpClock, WallClock, Watermark, mark_of


def test_the_wall_clock_never_goes_back() -> None:
    now = [1_000]
    clock = WallClock(lambda: now[0], {})
    assert clock.time() == 1_000
    now[0] = 400
    assert clock.time() == 1_000
    now[0] = 1_001
    assert clock.time() == 1_001


def test_the_wall_clock_goes_on_from_its_marks() -> None:
    clock = WallClock(lambda: 5_000, {})
    clock.time()
    assert WallClock(lambda: 4_000, clock.marks()).time() == 5_000


def test_events_do_not_move_the_wall_clock() -> None:
    clock = WallClock(lambda: 5_000, {})
    clock.observe("orders/0", 9_000, False)
    assert clock.time() == 5_000
    assert clock.wakes


def test_the_watermark_is_the_time_all_partitions_have_reached() -> None:
    clock = Watermark(["a", "b"], {})
    clock.observe("a", 50, False)
    assert clock.time() == ALWAYS
    clock.observe("b", 30, False)
    assert clock.time() == 30
    clock.observe("b", 70, False)
    assert clock.time() == 50
    assert not clock.wakes


def test_an_older_event_does_not_move_the_watermark_back() -> None:
    clock = Watermark(["a"], {})
    clock.observe("a", 50, False)
    clock.observe("a", 20, False)
    clock.observe("a", None, False)
    assert clock.time() == 50


def test_a_partition_that_has_ended_holds_nobody_back() -> None:
    clock = Watermark(["a", "b"], {})
    clock.observe("a", 10, True)
    clock.observe("b", 30, False)
    assert clock.time() == 30


def test_when_all_have_ended_it_is_the_newest_time_of_all() -> None:
    clock = Watermark(["a", "b", "empty"], {})
    clock.observe("empty", None, True)
    clock.observe("a", 90, True)
    clock.observe("b", 30, True)
    assert clock.time() == 90


def test_the_watermark_goes_on_from_its_marks() -> None:
    clock = Watermark(["a", "b", "c"], {})
    clock.observe("a", 10, True)
    clock.observe("b", 30, False)
    again = Watermark(["a", "b", "c"], clock.marks())
    assert again.time() == ALWAYS
    again.observe("c", 20, False)
    assert again.time() == 20
    again.observe("c", 40, False)
    assert again.time() == 30


def test_a_partition_that_is_no_more_is_forgotten() -> None:
    clock = Watermark(["a", "b"], {})
    clock.observe("a", 10, False)
    clock.observe("b", 30, False)
    assert Watermark(["b"], clock.marks()).time() == 30


def test_partitions_of_different_sources_are_different() -> None:
    assert mark_of("orders", "0") != mark_of("logins", "0")


def test_while_a_backlog_is_read_time_is_that_of_the_process_furthest_behind() -> None:
    clock = CatchUpClock(lambda: 9_000, {"wall": 1_000})
    assert (clock.time(), clock.wakes) == (1_000, False)
    clock.observe_progress(CatchUpProgress("one", 3_000))
    clock.observe_progress(CatchUpProgress("other", 2_000))
    assert (clock.time(), clock.wakes) == (2_000, False)
    clock.observe_progress(CatchUpProgress("other", None))
    assert clock.time() == 3_000
    clock.observe_progress(CatchUpProgress("one", None))
    assert (clock.time(), clock.wakes) == (9_000, True)


def test_the_time_of_a_backlog_never_goes_back() -> None:
    clock = CatchUpClock(lambda: 9_000, {"wall": 5_000})
    clock.observe_progress(CatchUpProgress("one", 3_000))
    assert clock.time() == 5_000
    assert clock.marks() == {"wall": 5_000}
