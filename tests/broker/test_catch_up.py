"""Tests that a live run over a backlog of a real broker leaves the rows of events in the order of their time."""

import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import redis

from connectors.pulsar import PulsarConnection
from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.programs.broker_backlog import BrokerBacklog
from tests.support.programs.worker import Worker


@pytest.fixture
def backlog(pulsar: PulsarConnection, redis_url: str, tmp_path: Path) -> Iterator[BrokerBacklog]:
    suffix = f"-{time.time_ns()}"
    settings = {
        "HEADRACE_PULSAR_URL": pulsar.url,
        "HEADRACE_PULSAR_ADMIN_URL": pulsar.admin_url,
        "HEADRACE_REDIS_URL": redis_url,
        "HEADRACE_REDIS_PREFIX": f"backlog{suffix}",
        "HEADRACE_DEAD_LETTER_TOPIC": f"persistent://public/default/dead{suffix}",
        "HEADRACE_BATCH_ROWS": "300",
        "HEADRACE_ROWS_PER_EPOCH": "600",
    }
    with redis.Redis.from_url(redis_url, decode_responses=True) as store:
        worker = Worker(tmp_path, settings).made()
        yield BrokerBacklog(worker, suffix, connection=pulsar, store=store)


def test_rows_of_a_backlog_are_those_of_the_order_of_event_time(backlog: BrokerBacklog) -> None:
    backlog.happen(rng_of(fresh_seed()), 8_000, 1.0)
    backlog.finish()
    assert len(backlog.records()) > 500
    assert backlog.wrong() == []
    assert backlog.dead_letters() == 0


def test_killed_in_the_middle_it_goes_on_exactly(backlog: BrokerBacklog) -> None:
    rng = rng_of(fresh_seed())
    backlog.happen(rng, 12_000, 0.8)
    ended = []
    for _ in range(3):
        process, before = backlog.worker.start(), backlog.folded()
        backlog.worker.until(process, partial(backlog.goes_on, before))
        time.sleep(float(rng.uniform(0.0, 1.5)))
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        ended.append(backlog.folded())
    print("events folded when it was killed:", ended)
    assert ended[0] < 12_000, "the first run was to end in the middle"
    backlog.finish()
    assert backlog.wrong() == []
    assert backlog.dead_letters() == 0
