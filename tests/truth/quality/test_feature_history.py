"""Tests a run's history for charts: a point for every closed interval of every feature, equal to its report."""

from pathlib import Path

from connectors.redis.endpoints import JsonFields
from reports.history import HistoryPoint, history_key, slot
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.quality.closed_reports import INTERVAL_S, of_features
from tests.support.dataflow.runs import replayed
from tests.support.oracle.scenarios import partitions, world


def points_of(left: Left) -> dict[tuple[str, str], HistoryPoint]:
    """Returns what a reader finds, by key and field: later writes of a field replace earlier ones."""
    writes = [item for item in left.live if isinstance(item, JsonFields) and ":_history:" in item.key]
    return {
        (item.key, field): HistoryPoint.decode(text) for item in writes for field, text in item.fields.items() if text
    }


def test_every_closed_interval_leaves_its_point(tmp_path: Path) -> None:
    made = world(3, tmp_path, 300, 20)
    left = replayed(made.definitions, partitions(made, 1), judged=True, interval_s=INTERVAL_S)
    reports = of_features(left)
    found = points_of(left)
    prefixes = {key.partition(":_history:")[0] for key, _ in found}
    assert len(prefixes) == 1 and len(reports) > 10
    (prefix,) = prefixes
    assert found == {
        (history_key(prefix, name), slot(start, report.end_ms)): HistoryPoint.of(report)
        for (name, start), report in reports.items()
    }
