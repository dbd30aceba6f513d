"""Tests what a run reads of the incidents of the run before, and that it reaches only the step that concludes."""

from pathlib import Path

import pytest

from connectors.redis.endpoints import FirstItem, Heartbeat, HeartbeatSource, StoreLossDetector
from dataflows.heartbeats import is_signal
from dataflows.quality import read_earlier
from dataflows.quality.concluding.earlier_incidents import EarlierIncidents, is_earlier
from reports.incidents import incidents_key
from tests.support.factories.quality.incidents import made_incidents
from tests.support.services.redis_rows import never
from tests.support.services.redis_server import RedisServer


def test_it_is_what_fires(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    client, known = redis_server.client(), made_incidents()
    key = incidents_key("earlier")
    client.hset(key, mapping={"_as_of": "1", **{incident.id: incident.encode() for incident in known}})
    firing = {incident.id for incident in known if incident.state == "firing"}
    assert firing and {incident.id for incident in read_earlier(client, "earlier").firing} == firing
    client.hset(key, "broken", b"{}")
    assert read_earlier(client, "earlier") == EarlierIncidents(()) and "cannot be read" in caplog.text


def test_it_enters_the_flow_once_redis_answers_and_wakes_no_shard(own_redis: RedisServer) -> None:
    now = [1_000_000]
    watch = StoreLossDetector(
        own_redis.url, Path("unused"), "fs", checkpointed=True, stopping=never, clock=lambda: now[0], bounded=False
    )
    beating = HeartbeatSource(watch, own_redis.client, lambda: now[0], lambda client: [read_earlier(client, "fs")])
    partition = beating.build_part("watch", "watch", None)
    own_redis.kill()
    assert partition.next_batch() == [FirstItem()]
    own_redis.start()
    now[0] += 5_000
    items = partition.next_batch()
    now[0] += 5_000
    later = partition.next_batch()
    assert [item for item in items if is_earlier(item)] == [EarlierIncidents(())]
    assert any(isinstance(item, Heartbeat) for item in items) and not any(map(is_earlier, later))
    assert not any(is_signal(item) and is_earlier(item) for item in items)
