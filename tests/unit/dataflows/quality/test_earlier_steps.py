"""Tests that a feature's state from the single step that judged sources and features continues in today's step for
features.

The state was saved by that earlier Headrace after eighteen closed hours of 400 entities each, with two more open. A
recovery store holds it here under the name of the earlier step, as an upgrade finds it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSink, TestingSource, cluster_main

from dataflows.quality.intervals import Intervals
from dataflows.quality.monitoring_steps import judged
from dataflows.quality.options import Quality
from dataflows.quality.version_keys import VersionKeys
from reports.alerting import FeatureLineage, FeatureMonitor, Limits, Lineage, Observation, RowProfiles, SourceLineage
from reports.records import Alert, FeatureReport, Subject
from tests.support.factories import earlier_snapshots
from tests.support.factories.definitions import by_hand
from tests.support.factories.quality.profiles import profile_of, series_of
from tests.support.generators.seeds import rng_of

HOUR_MS = 3_600_000
START = 1_767_276_000_000
CLOSED, OPEN, COMING = 18, 2, 10
SUBJECT = Subject(
    feature="spend", version=1, fingerprint="a", entity_type="user", value_type="DOUBLE", owner="o", source="orders",
    window_ms=HOUR_MS,
)  # fmt: skip
LINEAGE = Lineage(
    {"spend": FeatureLineage("o", {"orders": frozenset({"amount"})}, HOUR_MS)}, {"orders": SourceLineage("t")}
)
SPEND = {"source": "orders", "aggregation": "sum", "value": "amount", "value_type": "DOUBLE", "window": "1h"}
# Bytewax has no types here
_RUN: Callable[..., None] = cluster_main
_INIT: Callable[[Path, int], None] = init_db_dir
_CONFIG: Callable[[Path], object] = RecoveryConfig


class Kept(StatefulBatchLogic[object, object, bytes]):
    """The earlier step, as far as a recovery store knows it."""

    def on_batch(self, values: list[object]) -> tuple[Sequence[object], bool]:
        return [], self.RETAIN

    def snapshot(self) -> bytes:
        return earlier_snapshots.kept("one_step")


def upgraded(folder: Path, workers: int, coming: Sequence[Observation]) -> list[FeatureReport | Alert]:
    """Runs the earlier step, then today's steps on its state; returns their output for the feature."""
    store, versions = folder / "store", VersionKeys(by_hand(folder / "specs", spend=SPEND))
    store.mkdir()
    _INIT(store, 2)
    before = Dataflow("headrace")
    events = op.input("events", before, TestingSource([("spend", None)]))
    op.output("out", op.stateful_batch("judge", events, lambda _: Kept()), TestingSink([]))
    _run(before, store, workers)
    flow, out = Dataflow("headrace"), list[tuple[str, object]]()
    arrived = op.input("arrived", flow, TestingSource([(one.key, one) for one in coming]))
    quality = Quality(Intervals(HOUR_MS, False, lambda: START, behind=0), Limits(), True, "test")
    verdicts = judged(arrived, lambda key: FeatureMonitor(SUBJECT, (), Limits(), "a"), LINEAGE, versions, quality)
    op.output("verdicts", verdicts, TestingSink(out))
    _run(flow, store, workers)
    return [verdict for _, verdict in out if isinstance(verdict, FeatureReport | Alert)]


def _run(flow: Dataflow, store: Path, workers: int) -> None:
    _RUN(flow, [], 0, worker_count_per_proc=workers, recovery_config=_CONFIG(store))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_feature_goes_on_where_the_earlier_step_was(tmp_path: Path, workers: int) -> None:
    """Nothing is learned again: its open hours are closed, and values that moved fire against what was usual then."""
    rng, hours = rng_of(3), range(CLOSED + OPEN, CLOSED + OPEN + COMING)
    shifted = [
        RowProfiles("spend", {START + hour * HOUR_MS: profile_of(series_of(rng, "number", 400))}) for hour in hours
    ]
    out = upgraded(tmp_path, workers, shifted)
    reports = [one for one in out if isinstance(one, FeatureReport)]
    assert [report.start_ms for report in reports] == [START + hour * HOUR_MS for hour in range(CLOSED, hours.stop)]
    assert all(report.summary.rows == 400 and report.reference_intervals == 12 for report in reports)
    before, now = reports[:OPEN], reports[OPEN:]
    assert {report.status for report in before} == {"ok"} and "firing" in {report.status for report in now}
    assert all(report.reference and abs((report.reference.mean or 0) - 10) < 0.1 for report in before)
    fired = [one for one in out if isinstance(one, Alert)]
    assert [(alert.rule, alert.onset_ms) for alert in fired][:1] == [("drift", START + hours.start * HOUR_MS)]
