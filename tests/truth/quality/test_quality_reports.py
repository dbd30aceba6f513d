"""Tests the quality branch in the real graph against its rows: each active entity counts once per interval."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bytewax.errors import BytewaxRuntimeError

from dataflows.definitions.loader import Feature
from dataflows.definitions.model.value_types import polars_type
from reports.profiling.profile import Profile, kind_of
from reports.profiling.summary import summary_of
from reports.records import Summary
from tests.support.dataflow.outputs import Left, Record
from tests.support.dataflow.quality.closed_reports import LENGTH_MS, of_features, of_sources
from tests.support.dataflow.quality.judged_runs import judged_run
from tests.support.dataflow.runs import Crash
from tests.support.generators.random_streams import START
from tests.support.generators.seeds import seeds, some
from tests.support.oracle.scenarios import World, partitions, world

pytestmark = pytest.mark.long


def judged(made: World, left: Left | None = None, **options: Any) -> Left:
    """Runs over a world, with one partition per source."""
    return judged_run(made.definitions, partitions(made, 1), left=left, **options)


def after_events(left: Left) -> Iterator[Record]:
    """Yields the rows that show an event: those with another number of events than the row before, or none before."""
    before: dict[tuple[str, str], Record] = {}
    for record in left.records:
        known = before.get((record.entity_id, record.entity))
        before[record.entity_id, record.entity] = record
        if known is None or known.gone or known.seq != record.seq:
            yield record


def last_rows(left: Left) -> dict[tuple[str, int], list[Record]]:
    """Returns the last row of each entity that shows an event, by entity type and interval."""
    rows = {(row.entity_id, row.as_of // LENGTH_MS * LENGTH_MS, row.entity): row for row in after_events(left)}
    found: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for (entity_id, start, _), row in rows.items():
        found[entity_id, start].append(row)
    return found


def expected(values: list[object], feature: Feature) -> Summary:
    """Profiles the same values in one go."""
    profile = Profile(kind_of(feature.value_type), 0)
    dtype = polars_type(feature.value_type)
    as_written = pl.List(pl.Int64) if dtype == pl.List(pl.Datetime("ms", "UTC")) else dtype
    series = pl.Series(values, dtype=pl.Int64 if dtype == pl.Datetime("ms", "UTC") else as_written)
    profile.add(series.cast(dtype), ())
    return summary_of(profile)


@pytest.mark.parametrize("seed", seeds(4))
@pytest.mark.parametrize("workers", [1, 2])
def test_an_active_entity_counts_once_with_its_last_row(seed: int, workers: int, tmp_path: Path) -> None:
    made = world(seed, tmp_path, 300, 20)
    left = judged(made, workers=workers)
    rows = last_rows(left)
    reports = of_features(left)
    for feature in made.definitions.features:
        mine = {start: report for (name, start), report in reports.items() if name == feature.feature_name}
        active = {start for entity_id, start in rows if entity_id == feature.entity_id}
        assert {start for start, report in mine.items() if report.summary.rows} == active
        for start in active:
            values = [row.values[feature.feature_name] for row in rows[feature.entity_id, start]]
            whole, found = expected(values, feature), mine[start].summary
            assert (found.rows, found.nulls, found.distinct) == (whole.rows, whole.nulls, whole.distinct)
            mean = None if whole.mean is None else pytest.approx(whole.mean, rel=1e-9)
            assert found.mean == mean, (feature.feature_name, start)


def test_by_processing_time_all_rows_count_where_the_clock_stands(tmp_path: Path) -> None:
    made, clock_ms = world(6, tmp_path, 300, 20), START + 1_000 * LENGTH_MS + 1
    left = judged(made, processed_ms=clock_ms)
    reports = of_features(left)
    for feature in made.definitions.features:
        mine = {start: report for (name, start), report in reports.items() if name == feature.feature_name}
        assert list(mine) == [clock_ms // LENGTH_MS * LENGTH_MS]
        entities = {row.entity for row in after_events(left) if row.entity_id == feature.entity_id}
        assert [one.summary.rows for one in mine.values()] == [len(entities)]


@pytest.mark.parametrize(("seed", "workers"), some([(2, 2), (0, 1), (1, 1)]))
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
