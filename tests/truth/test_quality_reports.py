"""The quality branch through the real graph, against what its rows say: every row counts once, also after a crash."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from bytewax.errors import BytewaxRuntimeError

from dataflows.definitions.loader import Feature
from dataflows.definitions.model.value_types import polars_type
from reports.profiling.profile import Profile, kind_of
from reports.profiling.summary import summary_of
from reports.records import SourceReport, Summary
from tests.support.dataflow.closed_reports import INTERVAL_S, LENGTH_MS, of_features
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.runs import Crash, replayed
from tests.support.generators.random_streams import START
from tests.support.oracle.scenarios import World, partitions, world


def judged(made: World, left: Left | None = None, **options: Any) -> Left:
    """A replay of a world, one partition a source, with the quality branch."""
    return replayed(
        made.definitions,
        partitions(made, 1),
        judged=True,
        interval_s=INTERVAL_S,
        left=left,
        **options,
    )


def of_sources(left: Left) -> list[SourceReport]:
    return [SourceReport.decode(payload) for key, payload in left.reports if key.startswith("source:")]


def values_of(left: Left, feature: Feature) -> list[object]:
    """Every value of a feature that was published, rows of entities that were gone left out."""
    return [
        record.values[feature.feature_name]
        for record in left.records
        if record.entity_id == feature.entity_id and not record.gone
    ]


def expected(values: list[object], feature: Feature) -> Summary:
    """The same values profiled in one go."""
    profile = Profile(kind_of(feature.value_type), 0)
    dtype = polars_type(feature.value_type)
    as_written = pl.List(pl.Int64) if dtype == pl.List(pl.Datetime("ms", "UTC")) else dtype
    series = pl.Series(values, dtype=pl.Int64 if dtype == pl.Datetime("ms", "UTC") else as_written)
    profile.add(series.cast(dtype), ())
    return summary_of(profile)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("workers", [1, 2])
def test_every_row_is_profiled_once(seed: int, workers: int, tmp_path: Path) -> None:
    """The intervals of a feature add up to its rows: number, nulls and mean of what was published."""
    made = world(seed, tmp_path, 300, 20)
    left = judged(made, workers=workers)
    reports = of_features(left)
    for feature in made.definitions.features:
        mine = [report.summary for (name, _), report in reports.items() if name == feature.feature_name]
        whole = expected(values_of(left, feature), feature)
        assert sum(one.rows for one in mine) == whole.rows, feature.feature_name
        assert sum(one.nulls for one in mine) == whole.nulls, feature.feature_name
        if whole.mean is not None:
            there = [(one.mean, one.rows - one.nulls) for one in mine if one.mean is not None]
            mean = np.average([mean for mean, _ in there], weights=[rows for _, rows in there])
            assert mean == pytest.approx(whole.mean, rel=1e-9), feature.feature_name


@pytest.mark.parametrize("seed", range(2))
def test_a_row_counts_where_its_time_is(seed: int, tmp_path: Path) -> None:
    """Rows count into the interval of their `as_of`, or, once that is closed, into the earliest open one."""
    made = world(3 * seed, tmp_path, 300, 20)  # seeds that are a multiple of three give streams in order
    left = judged(made)
    rows: dict[tuple[str, int], int] = defaultdict(int)
    for record in left.records:
        if not record.gone:
            rows[record.entity_id, record.as_of // LENGTH_MS * LENGTH_MS] += 1
    for (name, start), report in of_features(left).items():
        (feature,) = [one for one in made.definitions.features if one.feature_name == name]
        assert report.summary.rows == rows[feature.entity_id, start], (name, start)


def test_by_processing_time_all_rows_count_where_the_clock_stands(tmp_path: Path) -> None:
    made, clock_ms = world(6, tmp_path, 300, 20), START + 1_000 * LENGTH_MS + 1
    left = judged(made, processed_ms=clock_ms)
    reports = of_features(left)
    for feature in made.definitions.features:
        mine = {start: report for (name, start), report in reports.items() if name == feature.feature_name}
        assert list(mine) == [clock_ms // LENGTH_MS * LENGTH_MS]
        assert [one.summary.rows for one in mine.values()] == [len(values_of(left, feature))]


@pytest.mark.parametrize(("seed", "workers"), [(0, 1), (1, 1), (2, 2)])
def test_after_a_crash_the_reports_are_the_same(seed: int, workers: int, tmp_path: Path) -> None:
    made = world(seed, tmp_path, 200, 20)
    whole = of_features(judged(made, workers=workers))
    for at in range(1, 8, 3):
        left = Left(made.definitions)
        store = tmp_path / f"recovery-{at}"
        with pytest.raises(BytewaxRuntimeError, match="next_batch"):
            judged(made, left, crash=Crash(at), recovery=store, workers=workers)
        resumed = of_features(judged(made, left, recovery=store, workers=workers))
        assert {key: report.summary.rows for key, report in resumed.items()} == {
            key: report.summary.rows for key, report in whole.items()
        }
        assert {key: report.summary.mean for key, report in resumed.items()} == pytest.approx(
            {key: report.summary.mean for key, report in whole.items()}
        )


def test_events_are_counted_by_source(tmp_path: Path) -> None:
    made = world(5, tmp_path, 300, 20)
    counted: dict[str, int] = defaultdict(int)
    for report in of_sources(judged(made)):
        counted[report.source] += report.events
    arrived: dict[str, int] = defaultdict(int)
    for source, _ in made.arrivals:
        arrived[source] += 1
    assert counted == arrived
