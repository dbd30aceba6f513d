"""Tests the last rows of entities on a worker: which remain, when they are profiled, and their snapshot."""

import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dataflows.definitions.loader import Definitions
from dataflows.quality.intervals import LATE_MS, Intervals
from dataflows.quality.profiling import (
    SEND_MS,
    ExactCounts,
    RowProfiler,
    RowProfilers,
    WorkerAffinity,
    WorkerRows,
    entity_sample,
)
from dataflows.quality.profiling.entity_sample import EntitySample, hashes_of
from dataflows.rows.assembler import FeatureRows
from dataflows.rows.validator import RowValidator
from reports.alerting import RowProfiles
from tests.support.clock import FakeClock
from tests.support.factories.definitions import by_hand
from tests.support.generators.seeds import fixed_seeds, fresh_seed, rng_of

LENGTH_MS = 60_000
FOREVER = {"source": "orders", "window": "lifetime"}
Row = tuple[str, int, float | None]


@pytest.fixture
def spend(tmp_path: Path) -> Definitions:
    rules = [{"rule": "range", "max": 100, "on_violation": "quarantine"}, {"rule": "not_null"}]
    last = {"aggregation": "last", "value": "amount", "value_type": "DOUBLE"}
    return by_hand(tmp_path, spend={**FOREVER, **last, "validation_rules": rules})


def frame_of(rows: Iterable[Row]) -> pl.DataFrame:
    """Rows of (entity, as_of, value)."""
    frame = pl.DataFrame(list(rows), schema={"_id": pl.String, "_as_of": pl.Int64, "spend": pl.Float64}, orient="row")
    nothing = pl.lit(None, pl.String)
    return frame.select(
        "_id", "_as_of", pl.lit(1).alias("_seq"), pl.lit(False).alias("_gone"), nothing.alias("_warming"),
        nothing.alias("_quarantined"), "spend",
    )  # fmt: skip


def checked(definitions: Definitions, rows: Iterable[Row], events: list[bool] | None = None) -> WorkerRows:
    """Returns rows, checked, at home."""
    shown = None if events is None else np.array(events)
    validator = RowValidator(definitions.features, lambda: 0)
    return WorkerRows("000", validator(FeatureRows(frame_of(rows), 0, ("000",), after_event=shown)))


def profiler(
    definitions: Definitions, clock: FakeClock, entities: int = 10_000, snapshot: bytes | None = None
) -> RowProfiler:
    """Returns a profiler of a live run."""
    intervals = Intervals(LENGTH_MS, False, clock, live=True)
    return RowProfilers(definitions.features, intervals, entities, WorkerAffinity())(snapshot)


def sent(one: RowProfiler) -> list[RowProfiles]:
    """Returns what it sends when woken, until nothing is due at once."""
    found = [*one.on_notify()[0]]
    while one._unsent:
        found += one.on_notify()[0]
    return found


def test_an_entity_counts_with_its_last_row_that_shows_an_event(spend: Definitions) -> None:
    clock = FakeClock(10 * LENGTH_MS)
    one, now = profiler(spend, clock), 10 * LENGTH_MS
    one.on_batch([checked(spend, [("a", now, 1.0), ("b", now, 200.0), ("c", now, 7.0)], [True, True, False])])
    one.on_batch([checked(spend, [("a", now + 1, 2.0), ("b", now, 300.0), ("a", now + 2, 9.0)], [True, True, False])])
    ((profiles,),) = ([*sent(one)],)
    assert (profiles.key, profiles.home, list(profiles.by_start)) == ("spend", "000", [now])
    profile = profiles.by_start[now]
    assert (profile.rows, profile.present, profile.moments.mean, profile.violations) == (2, 1, 2.0, (1, 0))
    assert [(sample.entity, sample.value) for sample in profile.samples] == [("b", "300.0")]


def test_an_open_interval_is_sent_now_and_then_and_an_ended_one_once(spend: Definitions) -> None:
    clock = FakeClock(10 * LENGTH_MS)
    one = profiler(spend, clock)
    one.on_batch([checked(spend, [("a", clock(), 1.0)])])
    assert len(sent(one)) == 1
    one.on_batch([checked(spend, [("b", clock(), 2.0)])])
    assert sent(one) == [] and one.notify_at() is not None
    clock.ms += SEND_MS
    assert [profile.rows for message in sent(one) for profile in message.by_start.values()] == [2]
    one.on_batch([checked(spend, [("c", clock(), 3.0)])])
    assert sent(one) == []
    clock.ms = 11 * LENGTH_MS + LATE_MS
    assert [profile.rows for message in sent(one) for profile in message.by_start.values()] == [3]
    assert sent(one) == [] and not one._held and one.notify_at() is None


def test_a_row_that_comes_late_counts_into_the_interval_that_takes_rows(spend: Definitions) -> None:
    clock = FakeClock(11 * LENGTH_MS + LATE_MS - 1)
    one = profiler(spend, clock)
    one.on_batch([checked(spend, [("a", 10 * LENGTH_MS, 1.0), ("b", 3 * LENGTH_MS, 1.0)])])
    ((first,),) = ([*sent(one)],)
    assert {start: profile.rows for start, profile in first.by_start.items()} == {10 * LENGTH_MS: 2}
    clock.ms += 1
    one.on_batch([checked(spend, [("c", 10 * LENGTH_MS, 1.0)])])
    clock.ms += SEND_MS
    ((second,),) = ([*sent(one)],)
    assert {start: profile.rows for start, profile in second.by_start.items()} == {10 * LENGTH_MS: 2, 11 * LENGTH_MS: 1}
    assert [*first.layers] == [] and [*second.layers] == [10 * LENGTH_MS]


def test_a_snapshot_holds_the_rows_and_rows_that_come_again_change_nothing(spend: Definitions) -> None:
    clock = FakeClock(10 * LENGTH_MS)
    rows = [(f"u{number}", clock(), float(number)) for number in range(300)]
    for entities in (10_000, 40):
        one, whole = profiler(spend, clock, entities), profiler(spend, clock, entities)
        one.on_batch([checked(spend, rows[:200])])
        whole.on_batch([checked(spend, rows)])
        again = profiler(spend, clock, entities, one.snapshot())
        again.on_batch([checked(spend, rows[100:])])
        ((found,), (expected,)) = sent(again), sent(whole)
        for ours, theirs in zip(found.by_start.values(), expected.by_start.values(), strict=True):
            assert (ours.counts, ours.violations) == (theirs.counts, theirs.violations)
            assert ours.moments.mean == pytest.approx(theirs.moments.mean)
            assert (ours.rows, ours.violations) == (300, (199, 0))


def test_snapshots_of_other_rules_or_an_earlier_version_start_over(spend: Definitions, tmp_path: Path) -> None:
    clock = FakeClock(10 * LENGTH_MS)
    one = profiler(spend, clock)
    one.on_batch([checked(spend, [("a", clock(), 1.0)])])
    last = {"aggregation": "last", "value": "amount", "value_type": "DOUBLE"}
    other = by_hand(tmp_path / "other", spend={**FOREVER, **last})
    assert sent(profiler(other, clock, snapshot=one.snapshot())) == []
    assert sent(profiler(spend, clock, snapshot=b"\x81\xa5spend\x92\xa1a\x80")) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", fixed_seeds(1))
def test_memory_is_bounded_by_a_sample_and_counts_are_exact(spend: Definitions, seed: int) -> None:
    """Of 200,000 entities up to ten thousand are held: their number, nulls and violations are exact."""
    rng = rng_of(seed)
    held = EntitySample(spend.features, 10_000)
    ids = rng.permutation(200_000)
    values = np.where(rng.random(len(ids)) < 0.1, np.nan, rng.lognormal(3, 1, len(ids)))
    tracemalloc.start()
    for part in np.array_split(np.arange(len(ids)), 40):
        rows = zip(
            [f"user-{number}" for number in ids[part].tolist()], part.tolist(), values[part].tolist(), strict=True
        )
        held.take(frame_of(rows).with_columns(pl.col("spend").fill_nan(None)))
    allocated = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    profile = held.profile(spend.features[0])
    assert (profile.rows, profile.counts.nulls) == (200_000, int(np.isnan(values).sum()))
    assert 4_000 <= profile.sampled == len(held.rows) <= 10_000
    assert profile.moments.mean == pytest.approx(np.nanmean(values), rel=0.1)
    assert allocated < 20_000_000 and held.rows.estimated_size() < 2_000_000


def test_large_values_make_the_sample_smaller(spend: Definitions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entity_sample, "MOST_BYTES", 20_000)
    held = EntitySample(spend.features, 10_000)
    held.take(frame_of((f"u{number}", 0, 1.0) for number in range(2_000)))
    profile = held.profile(spend.features[0])
    assert held.rows.estimated_size() <= 20_000 and entity_sample.FEW < profile.sampled < profile.rows == 2_000


def test_exact_counts_are_those_of_the_last_rows(spend: Definitions) -> None:
    rng = np.random.default_rng(fresh_seed())
    counts, last = ExactCounts(spend.features), dict[str, tuple[bool, bool]]()
    for _ in range(30):
        some = [f"u{number}" for number in rng.integers(5_000, size=2_000)]
        nulls, broken = rng.random(2_000) < 0.3, rng.random(2_000) < 0.2
        frame = frame_of((entity, 0, None if null else 1.0) for entity, null in zip(some, nulls, strict=True))
        frame = frame.with_columns(pl.Series("_broken:spend:0", broken))
        counts.note(hashes_of(frame), frame)
        last |= dict(zip(some, zip(nulls.tolist(), broken.tolist(), strict=True), strict=True))
        again = ExactCounts(spend.features)
        again.restore(counts.dump())
        for known in (counts, again):
            assert known.entities == len(last)
            assert known.nulls("spend") == sum(null for null, _ in last.values())
            assert known.violations(spend.features[0]) == [sum(bad for _, bad in last.values()), 0]


def test_a_worker_has_one_home() -> None:
    homes = WorkerAffinity()
    assert [homes(["007", "004"]), homes(["001"]), homes.resume("002"), homes(["000"])] == ["004", "004", "002", "002"]
