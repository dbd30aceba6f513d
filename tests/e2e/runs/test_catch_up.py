"""Tests that a live run over a backlog leaves the output of a timely run: every record is right at its as_of."""

import signal
import time
from functools import partial
from pathlib import Path

import pytest

from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.programs.backlog_deployment import Backlog
from tests.support.programs.worker import Worker

DAY_MS = 86_400_000


@pytest.fixture
def backlog(tmp_path: Path) -> Backlog:
    return Backlog(Worker(tmp_path).made())


@pytest.mark.parametrize("days", [0.05, 3.0])
def test_every_record_is_right_at_its_time(backlog: Backlog, days: float) -> None:
    now = time.time_ns() // 1_000_000
    backlog.publish(rng_of(fresh_seed()), 6_000, int(now - days * DAY_MS), now - 5_000)
    backlog.finish()
    assert len(backlog.records()) > 1_000
    assert backlog.wrong() == []
    assert backlog.dead_letters() == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_ended_in_the_middle_it_is_exact(backlog: Backlog, how: signal.Signals) -> None:
    rng, now = rng_of(fresh_seed()), time.time_ns() // 1_000_000
    backlog.publish(rng, 60_000, now - 3 * DAY_MS, now - 5_000)
    ended = []
    for _ in range(3):
        process, before = backlog.worker.start(), backlog.folded()
        backlog.worker.until(process, partial(backlog.goes_on, before))
        time.sleep(float(rng.uniform(0.0, 1.5)))
        process.send_signal(how)
        process.wait(60)
        ended.append(backlog.folded())
    print("events folded when it ended:", ended)
    backlog.finish()
    assert backlog.wrong() == []


def test_definitions_that_change_in_the_middle_are_refused(backlog: Backlog) -> None:
    """The events it buffers have the earlier columns; the earlier definitions finish the backlog."""
    now = time.time_ns() // 1_000_000
    backlog.publish(rng_of(fresh_seed()), 60_000, now - 3 * DAY_MS, now - 5_000)
    process = backlog.worker.start()
    backlog.worker.until(process, partial(backlog.goes_on, 0))
    assert backlog.worker.stopped(process).code == 0 and not backlog.done()
    file = backlog.worker.folder / "specs" / "steps_sum.yaml"
    before = file.read_text()
    file.write_text(before.replace("value: amount", "value: amount * 2"))
    backlog.worker.run().expect(
        4, "values or filters of features have changed since; hint: run the earlier definitions"
    )
    file.write_text(before)
    backlog.finish()
    assert backlog.wrong() == []
