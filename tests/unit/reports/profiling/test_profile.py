"""Tests profiles against numpy; the same profile for any batches and any order of merges."""

import pickle

import msgspec
import numpy as np
import polars as pl
import pytest

from reports.profiling.profile import Profile, kind_of
from reports.profiling.samples import MOST as SAMPLES
from reports.profiling.summary import summary_of
from reports.profiling.value_kinds import ProfileKind
from reports.records import Sample
from tests.support.factories.quality.profiles import SEEDS, SHAPES, cut, merged, profile_of, series_of
from tests.support.generators.seeds import rng_of


def same(actual: Profile, expected: Profile) -> None:
    """Checks that all are equal except for the rounding of moments."""
    assert actual.counts == expected.counts and actual.violations == expected.violations
    assert (actual.low, actual.high, actual.samples) == (expected.low, expected.high, expected.samples)
    for ours, theirs in ((actual.cells, expected.cells), (actual.latencies, expected.latencies)):
        assert ours.shift == theirs.shift
        np.testing.assert_array_equal(ours.keys, theirs.keys)
        np.testing.assert_array_equal(ours.counts, theirs.counts)
    np.testing.assert_array_equal(actual.registers, expected.registers)
    assert actual.tops.counts() == expected.tops.counts()
    assert actual.moments.n == expected.moments.n
    np.testing.assert_allclose(actual.moments.mean, expected.moments.mean, rtol=1e-9)
    np.testing.assert_allclose(actual.moments.m2, expected.moments.m2, rtol=1e-9)


@pytest.mark.parametrize("kind", ["number", "text", "truth", "length", "time"])
@pytest.mark.parametrize("seed", SEEDS)
def test_any_parts_in_any_order_are_the_whole(kind: ProfileKind, seed: int) -> None:
    rng = rng_of(seed)
    values = series_of(rng, kind, 3_000)
    same(merged([profile_of(part, kind) for part in cut(values, rng)], rng), profile_of(values, kind))
    sequential = Profile(kind, rules=0)
    for part in cut(values, rng):
        sequential.add(part, ())
    same(sequential, profile_of(values, kind))


@pytest.mark.parametrize("kind", ["number", "text", "truth", "length", "time"])
def test_bytes_hold_all_of_it(kind: ProfileKind) -> None:
    profile = profile_of(series_of(rng_of(4), kind, 2_000), kind, rules=2)
    profile.add(series_of(rng_of(5), kind, 100), [3, 4], warming=7)
    profile.add_latencies(np.array([0.1, 2.0, np.nan]), np.array([5, 1, 9]))
    profile.add_samples([Sample(entity="u1", value="-1", at_ms=5, reason="range")])
    profile.note_since(9)
    profile.note_since(7)
    profile.note_past(2)
    for again in (Profile.load(profile.dump()), pickle.loads(pickle.dumps(profile))):
        same(again, profile)
        assert summary_of(again) == summary_of(profile) and again.latency() == profile.latency()
        assert (again.since_ms, again.counts.past) == (9, 2)
        again.add(series_of(rng_of(6), kind, 50), [0, 0])


def test_a_merge_leaves_the_other_as_it_is() -> None:
    merged_into, other = profile_of(pl.Series([1.0])), profile_of(pl.Series([2.0]))
    before = other.dump()
    merged_into.merge(other)
    merged_into.add(pl.Series([3.0]), ())
    assert other.dump() == before and summary_of(merged_into).max == 3.0


@pytest.mark.parametrize("shape", SHAPES)
def test_numbers_are_those_of_numpy(shape: str) -> None:
    rng = rng_of(7)
    numbers = SHAPES[shape](rng, 4_000)
    values = pl.Series([*numbers.tolist(), None, None, np.nan, np.inf])
    summary = summary_of(profile_of(values))
    assert (summary.rows, summary.nulls, summary.nans, summary.infinite) == (4_004, 2, 1, 1)
    assert (summary.zeros, summary.negatives) == (int((numbers == 0).sum()), int((numbers < 0).sum()))
    assert (summary.min, summary.max) == (numbers.min(), numbers.max())
    np.testing.assert_allclose(summary.mean or 0.0, numbers.mean(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(summary.std or 0.0, numbers.std(ddof=1), rtol=1e-9)
    assert len(summary.curve) == 129 and summary.curve[0] == numbers.min() and summary.curve[-1] == numbers.max()


def test_truth_values_have_a_ratio_and_no_mean() -> None:
    summary = summary_of(profile_of(pl.Series([True, False, False, None]), "truth"))
    assert (summary.true_ratio, summary.mean, summary.distinct) == (1 / 3, None, 2.0)
    assert [(top.value, top.count) for top in summary.top] == [("false", 2), ("true", 1)]


def test_arrays_are_profiled_by_length_and_times_by_seconds() -> None:
    lengths = summary_of(profile_of(pl.Series([[1, 2], [], None, [3]]), kind_of("ARRAY<INT64>")))
    assert (lengths.mean, lengths.max, lengths.nulls, lengths.zeros) == (1.0, 2.0, 1, 1)
    for kind, per_second in (
        (pl.Datetime("ms", "UTC"), 10**3),
        (pl.Datetime("us", "UTC"), 10**6),
        (pl.Datetime("ns", "UTC"), 10**9),
    ):
        times = pl.Series([1_700_000_000 * per_second]).cast(kind)
        assert summary_of(profile_of(times, kind_of("TIMESTAMP"))).mean == 1_700_000_000.0


def test_what_a_double_cannot_hold_does_not_exist() -> None:
    summary = summary_of(profile_of(pl.Series([1.7e308] * 3 + [-1.7e308])))
    assert (summary.min, summary.max, summary.std) == (-1.7e308, 1.7e308, None)
    assert b"null" in msgspec.json.encode(summary.std)
    assert b"NaN" not in summary.encode() and b"Infinity" not in summary.encode()
    empty = summary_of(profile_of(pl.Series([None, np.nan, np.inf], dtype=pl.Float64)))
    assert (empty.mean, empty.min, empty.p50, empty.curve, round(empty.distinct)) == (None, None, None, (), 1)


def test_latencies_are_weighted_by_rows() -> None:
    profile = Profile("number", rules=0)
    assert profile.latency().p99 is None
    profile.add_latencies(np.array([0.25, 8.0]), np.array([999, 1]))
    assert (profile.latency().p50, profile.latency().p99) == (0.25, 0.25)
    profile.add_latencies(np.array([8.0]), np.array([99]))
    assert profile.latency().p99 == 8.0


def test_the_newest_samples_are_kept_in_whatever_order_they_come() -> None:
    samples = [Sample(entity=f"u{number}", value="x", at_ms=number, reason="r") for number in range(3 * SAMPLES)]
    even, odd = Profile("number", rules=0), Profile("number", rules=0)
    even.add_samples(samples[::2])
    odd.add_samples(samples[1::2])
    odd.merge(even)
    odd.merge(even)
    assert list(odd.samples) == samples[-SAMPLES:]


def test_rules_are_counted_and_their_number_is_held() -> None:
    profile = Profile("number", rules=2)
    profile.add(pl.Series([1.0, 2.0]), [1, 2], warming=1)
    profile.add(pl.Series([1.0]), [0, 1])
    assert (profile.violations, profile.rows, profile.counts.warming) == ((1, 3), 3, 1)
    with pytest.raises(ValueError, match="violations of 1 rules; expected 2"):
        profile.add(pl.Series([1.0]), [0])
    with pytest.raises(ValueError, match="kind 'text' into one of kind 'number'"):
        profile.merge(Profile("text", rules=2))
    with pytest.raises(ValueError, match="version 99; expected version 1"):
        Profile.load(msgspec.msgpack.encode([99, *msgspec.msgpack.decode(profile.dump())[1:]]))
