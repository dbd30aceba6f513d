"""Tests that state stored under a feature's name, in a store of an earlier release, continues under its version's
key."""

from collections.abc import Sequence
from pathlib import Path

import bytewax.operators as op
import polars as pl
from bytewax.dataflow import Dataflow, Stream
from bytewax.operators import KeyedStream
from bytewax.testing import TestingSink, TestingSource

from dataflows.definitions import Definitions
from dataflows.quality.branch import monitors
from dataflows.quality.concluding.lineages import lineage_of
from dataflows.quality.interval_evaluator import IntervalEvaluator
from dataflows.quality.intervals import Intervals
from dataflows.quality.monitoring_steps import judged
from dataflows.quality.options import Quality
from dataflows.quality.version_keys import VersionKeys
from reports.alerting import Limits, Observation, RowProfiles
from reports.profiling import Profile
from reports.records import FeatureReport
from tests.support.dataflow.runs import execute
from tests.support.factories.definitions import by_hand

HOUR = 3_600_000
START = 1_767_276_000_000
INTERVALS = Intervals(HOUR, False, lambda: START)
SUM = {"source": "orders", "aggregation": "sum", "value": "amount", "value_type": "DOUBLE", "window": "1h"}
Item = tuple[str, Observation]


def observed(hours: range, level: float) -> list[Item]:
    """Returns the values of an hour, hour by hour."""
    return [("spend", RowProfiles("spend", {START + hour * HOUR: profile(level + hour % 3)})) for hour in hours]


def profile(level: float) -> Profile:
    made = Profile("number", rules=0)
    made.add(pl.Series([level + number % 50 for number in range(400)], dtype=pl.Float64), violations=())
    made.note_oldest(START - 100 * HOUR)
    return made


def by_name(definitions: Definitions, items: Sequence[Item], recovery: Path) -> None:
    """Runs the step as before: its key is the feature's name."""
    flow = Dataflow("headrace")
    given: KeyedStream[Observation] = op.input("given", flow, TestingSource(items))
    monitor_of = monitors(definitions, Limits())
    step = op.stateful_batch("judge_features", given, lambda kept: IntervalEvaluator(monitor_of, INTERVALS, True, kept))
    op.output("out", step, TestingSink([]))
    execute(flow, 1, recovery)


def by_version(definitions: Definitions, items: Sequence[Item], recovery: Path) -> list[FeatureReport]:
    flow, out = Dataflow("headrace"), list[FeatureReport]()
    given: KeyedStream[Observation] = op.input("given_now", flow, TestingSource(items))
    quality = Quality(INTERVALS, Limits(), bounded=True, prefix="test")
    verdicts = judged(
        given, monitors(definitions, Limits()), lineage_of(definitions), VersionKeys(definitions), quality
    )
    reports: Stream[FeatureReport] = op.filter_map(
        "reports", verdicts, lambda item: item[1] if isinstance(item[1], FeatureReport) else None
    )
    op.output("out_now", reports, TestingSink(out))
    execute(flow, 1, recovery)
    return out


def test_a_reference_that_was_kept_by_name_goes_on(tmp_path: Path) -> None:
    definitions = by_hand(tmp_path / "specs", spend=SUM)
    by_name(definitions, observed(range(30), 10.0), tmp_path / "store")
    (report,) = by_version(definitions, observed(range(30, 31), 10.0), tmp_path / "store")
    assert (report.subject.feature, report.summary.rows, report.start_ms) == ("spend", 400, START + 30 * HOUR)
    (anew,) = by_version(definitions, observed(range(30, 31), 10.0), tmp_path / "empty")
    assert (report.scores != anew.scores, anew.bins == report.bins) == (True, False)
    (later,) = by_version(definitions, observed(range(30, 32), 10.0), tmp_path / "store")  # the first one was read
    assert later.scores and later.start_ms == START + 31 * HOUR
    assert len(later.trail) == len(report.trail) + 1 == 32
