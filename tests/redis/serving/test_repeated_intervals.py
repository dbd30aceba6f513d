"""Tests that an interval that is closed again, after a crash or a clock that was set back, is recorded once."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.redis.endpoints import JsonFields
from reports.history import HistoryPoint, history_key, slot
from reports.records import FeatureReport
from serving.quality.feature_history import read_history
from tests.support.dataflow.quality.closed_reports import INTERVAL_S, of_features
from tests.support.dataflow.runs import replayed
from tests.support.factories.quality.reports import START_MS, made_feature
from tests.support.oracle.scenarios import partitions, world
from tests.support.services.redis_rows import sink
from tests.support.services.redis_server import RedisServer

FEATURE = "user_spend_1h"
HOUR_MS = 3_600_000


def test_a_run_that_writes_its_history_again_leaves_one_point_an_interval(
    redis_server: RedisServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made, partition, prefix = world(3, tmp_path, 300, 20), sink(redis_server.url), request.node.name
    left = replayed(made.definitions, partitions(made, 1), judged=True, interval_s=INTERVAL_S)
    closed = [item for item in left.live if isinstance(item, JsonFields) and ":_history:" in item.key]
    writes = [replace(item, key=history_key(prefix, item.key.rpartition(":")[2])) for item in closed]
    for repeated in (writes, writes[len(writes) // 2 :], writes):
        partition.write_batch(repeated)
        partition.snapshot()
    reports = of_features(left)
    names = {name for name, _ in reports}
    found = [(name, point.start_ms) for name in names for point in read_history(redis_server.client(), prefix, name)]
    assert sorted(found) == sorted(reports) and len(found) > 10


@pytest.mark.parametrize("later_ms", [-HOUR_MS, 0, HOUR_MS])
def test_an_interval_that_is_closed_by_another_clock_is_one_point(
    later_ms: int, redis_server: RedisServer, request: pytest.FixtureRequest
) -> None:
    prefix, partition = request.node.name, sink(redis_server.url)

    def put(report: FeatureReport, written_ms: int) -> None:
        point = {slot(report.start_ms, report.end_ms): HistoryPoint.of(report).encode()}
        partition.write_batch([JsonFields(history_key(prefix, FEATURE), point, written_ms, None)])
        partition.snapshot()

    put(made_feature(FEATURE, rows=5_000), START_MS + HOUR_MS)
    put(made_feature(FEATURE, rows=6_000), START_MS + HOUR_MS + later_ms)
    (point,) = read_history(redis_server.client(), prefix, FEATURE)
    assert point.rows == (5_000 if later_ms < 0 else 6_000)
