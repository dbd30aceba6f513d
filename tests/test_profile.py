"""Profiles against numpy and polars; whatever the batches and the order of merges, the same profile."""

import pickle
from collections.abc import Callable, Iterator

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from reports.cells import EMPTY, MOST, Cells, keys_of, numbers_of
from reports.columns import Kind
from reports.distinct import estimate, registers
from reports.profile import Profile, kind_of
from reports.records import Sample
from reports.samples import MOST as SAMPLES
from reports.summary import CURVE
from reports.tops import LONGEST
from tests.seeds import rng_of

Reals = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Reals]
SEEDS = range(3)
SHAPES: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "far from zero": lambda rng, n: rng.normal(290, 5, n),
    "clock": lambda rng, n: 1.76e9 + rng.uniform(0, 300, n),
    "heavy": lambda rng, n: rng.standard_cauchy(n),
    "long tail": lambda rng, n: rng.lognormal(3, 2, n),
    "counts": lambda rng, n: rng.poisson(4, n).astype(np.float64),
    "mostly zero": lambda rng, n: np.where(rng.random(n) < 0.7, 0.0, rng.lognormal(3, 1, n)),
    "many integers": lambda rng, n: rng.integers(-(10**6), 10**6, n).astype(np.float64),
}
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e100, -1e90]


def profile_of(values: pl.Series, kind: Kind = "number", rules: int = 0) -> Profile:
    made = Profile(kind, rules)
    made.add(values, [0] * rules)
    return made


def series_of(rng: np.random.Generator, kind: Kind, n: int) -> pl.Series:
    """Values of a kind, a tenth of them null."""
    made: dict[Kind, pl.Series] = {
        "number": pl.Series(np.concatenate([rng.lognormal(3, 2, n - len(SPECIAL)), SPECIAL])),
        "text": pl.Series([f"é{number}" for number in rng.integers(0, 300, n)]),
        "truth": pl.Series(rng.random(n) < 0.1),
        "length": pl.Series([[0] * int(length) for length in rng.integers(0, 9, n)]),
        "time": pl.Series(1_760_000_000_000 + rng.integers(0, 10**9, n)).cast(pl.Datetime("ms", "UTC")),
    }
    nulls = pl.Series(rng.random(n) < 0.1)
    return made[kind].to_frame("v").select(pl.when(~nulls).then(pl.col("v")))["v"]


def merged(parts: list[Profile], rng: np.random.Generator) -> Profile:
    """All parts, put together two by two in any order."""
    while len(parts) > 1:
        one = parts.pop(int(rng.integers(len(parts))))
        parts[int(rng.integers(len(parts)))].merge(one)
    return parts[0]


def cut(values: pl.Series, rng: np.random.Generator) -> Iterator[pl.Series]:
    ends = np.sort(rng.integers(0, len(values), 9))
    for start, stop in zip([0, *ends], [*ends, len(values)], strict=True):
        yield values[int(start) : int(stop)]


def same(one: Profile, other: Profile) -> None:
    """All equal but for the rounding of moments."""
    assert one.counts == other.counts and one.violations == other.violations
    assert (one.low, one.high, one.samples) == (other.low, other.high, other.samples)
    for ours, theirs in ((one.cells, other.cells), (one.latencies, other.latencies)):
        assert ours.shift == theirs.shift
        np.testing.assert_array_equal(ours.keys, theirs.keys)
        np.testing.assert_array_equal(ours.counts, theirs.counts)
    np.testing.assert_array_equal(one.registers, other.registers)
    assert one.tops.counts() == other.tops.counts()
    assert one.moments.n == other.moments.n
    np.testing.assert_allclose(one.moments.mean, other.moments.mean, rtol=1e-9)
    np.testing.assert_allclose(one.moments.m2, other.moments.m2, rtol=1e-9)


@pytest.mark.parametrize("kind", ["number", "text", "truth", "length", "time"])
@pytest.mark.parametrize("seed", SEEDS)
def test_any_parts_in_any_order_are_the_whole(kind: Kind, seed: int) -> None:
    rng = rng_of(seed)
    values = series_of(rng, kind, 3_000)
    same(merged([profile_of(part, kind) for part in cut(values, rng)], rng), profile_of(values, kind))
    sequential = Profile(kind, rules=0)
    for part in cut(values, rng):
        sequential.add(part, ())
    same(sequential, profile_of(values, kind))


@pytest.mark.parametrize("kind", ["number", "text", "truth", "length", "time"])
def test_bytes_hold_all_of_it(kind: Kind) -> None:
    made = profile_of(series_of(rng_of(4), kind, 2_000), kind, rules=2)
    made.add(series_of(rng_of(5), kind, 100), [3, 4], warming=7)
    made.add_latencies(np.array([0.1, 2.0, np.nan]), np.array([5, 1, 9]))
    made.add_samples([Sample(entity="u1", value="-1", at_ms=5, reason="range")])
    for again in (Profile.load(made.dump()), pickle.loads(pickle.dumps(made))):
        same(again, made)
        assert again.summary() == made.summary() and again.latency() == made.latency()
        again.add(series_of(rng_of(6), kind, 50), [0, 0])


def test_a_merge_leaves_the_other_as_it_is() -> None:
    one, other = profile_of(pl.Series([1.0])), profile_of(pl.Series([2.0]))
    before = other.dump()
    one.merge(other)
    one.add(pl.Series([3.0]), ())
    assert other.dump() == before and one.summary().max == 3.0


@pytest.mark.parametrize("shape", SHAPES)
def test_numbers_are_those_of_numpy(shape: str) -> None:
    rng = rng_of(7)
    numbers = SHAPES[shape](rng, 4_000)
    values = pl.Series([*numbers.tolist(), None, None, np.nan, np.inf])
    summary = profile_of(values).summary()
    assert (summary.rows, summary.nulls, summary.nans, summary.infinite) == (4_004, 2, 1, 1)
    assert (summary.zeros, summary.negatives) == (int((numbers == 0).sum()), int((numbers < 0).sum()))
    assert (summary.min, summary.max) == (numbers.min(), numbers.max())
    np.testing.assert_allclose(summary.mean or 0.0, numbers.mean(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(summary.std or 0.0, numbers.std(ddof=1), rtol=1e-9)
    assert len(summary.curve) == 129 and summary.curve[0] == numbers.min() and summary.curve[-1] == numbers.max()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_quantiles_are_within_half_a_percent_of_rank(shape: str, seed: int) -> None:
    numbers = np.sort(SHAPES[shape](rng_of(seed), 20_000))
    found = np.array(profile_of(pl.Series(numbers)).quantiles(CURVE))
    # of the atom of zero among finer numbers the cell is as wide as the smallest doubles
    found[np.abs(found) < 1e-300] = 0.0
    low, high = (np.searchsorted(numbers, found, side=side) / len(numbers) for side in ("left", "right"))
    assert np.maximum(low - CURVE, CURVE - high).max() < 0.005
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_are_within_their_cell(shape: str) -> None:
    numbers = SHAPES[shape](rng_of(8), 5_000)
    cells = Cells.of(numbers)
    ranks = rng_of(9).random(200)
    exact = np.quantile(numbers, ranks, method="lower")
    assert (np.searchsorted(cells.lows, cells.quantiles(ranks), side="right") ==
            np.searchsorted(cells.lows, exact, side="right")).all()  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_cells_are_the_finest_that_fit(seed: int) -> None:
    rng = rng_of(seed)
    numbers = rng.choice([-1, 1], 2_000) * 10.0 ** rng.uniform(-300, 300, 2_000)
    cells, keys = Cells.of(numbers), keys_of(numbers)
    shift = next(shift for shift in range(64) if len(np.unique(keys >> shift)) <= MOST)
    different, counts = np.unique(keys >> shift, return_counts=True)
    assert cells.shift == shift
    np.testing.assert_array_equal(cells.keys, different)
    np.testing.assert_array_equal(cells.counts, counts)


def test_keys_are_in_the_order_of_numbers() -> None:
    numbers = np.sort(np.array([number for number in SPECIAL if np.isfinite(number)] + [1.0, -1.0, 1.5, 2.0]))
    keys = keys_of(numbers)
    np.testing.assert_array_equal(np.argsort(keys, kind="stable"), np.arange(len(keys)))
    np.testing.assert_array_equal(numbers_of(keys), numbers)
    assert keys_of(np.array([0.0]))[0] == keys_of(np.array([-0.0]))[0]


def test_up_to_512_numbers_are_kept_as_they_are() -> None:
    numbers = rng_of(10).normal(size=MOST)
    cells = Cells.of(numbers)
    assert cells.shift == 0
    np.testing.assert_array_equal(cells.lows, np.sort(numbers))
    assert Cells.of(np.append(numbers, 9.5)).shift > 0


def test_weights_count_like_repeats() -> None:
    rng = rng_of(11)
    numbers, weights = rng.lognormal(0, 1, 900), rng.integers(1, 5, 900)
    weighted, repeated = Cells.of(numbers, weights), Cells.of(np.repeat(numbers, weights))
    np.testing.assert_array_equal(weighted.keys, repeated.keys)
    np.testing.assert_array_equal(weighted.counts, repeated.counts)
    assert np.isnan(EMPTY.quantiles([0.5])).all()


@pytest.mark.parametrize("many", [0, 1, 7, 100, 512, 513, 5_000, 60_000, 400_000])
def test_different_numbers_are_counted(many: int) -> None:
    values = pl.Series(np.arange(many) * 0.1, dtype=pl.Float64)
    found = profile_of(pl.concat([values, values])).distinct
    assert found == many if many <= MOST else abs(found / many - 1) < 0.05


def test_different_integers_beyond_the_precision_of_doubles_are_counted() -> None:
    assert abs(profile_of(pl.Series(2**60 + np.arange(3_000))).distinct / 3_000 - 1) < 0.05
    assert round(profile_of(pl.Series([2**60, 2**60 + 1, 2**60 + 2])).distinct) == 3


@pytest.mark.parametrize("many", [0, 3, 700, 5_000, 60_000])
def test_different_texts_are_counted(many: int) -> None:
    values = pl.Series([f"user{number}" for number in range(many)] * 2, dtype=pl.String)
    found = profile_of(values, "text").distinct
    assert found == many if many <= 700 else abs(found / many - 1) < 0.05


def test_registers_estimate_with_the_error_they_promise() -> None:
    errors = []
    for seed in range(40):
        words = rng_of(seed).integers(0, 2**63, 20_000)
        errors.append(profile_of(pl.Series(words)).distinct / len(np.unique(words)) - 1)
    assert abs(np.mean(errors)) < 0.01 and np.std(errors) < 0.025
    assert estimate(registers()) == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_top_values_are_those_of_polars(seed: int) -> None:
    values = series_of(rng_of(seed), "text", 4_000)
    counts = values.drop_nulls().value_counts(sort=True)
    expected = sorted(counts.iter_rows(), key=lambda row: (-row[1], row[0]))[:10]
    assert [(top.value, top.count) for top in profile_of(values, "text").summary().top] == expected


def test_top_values_of_very_many_are_never_counted_too_low() -> None:
    rng = rng_of(12)
    texts = [f"t{min(int(number), 10**6)}" for number in rng.zipf(1.3, 40_000)]
    made = merged([profile_of(part, "text") for part in cut(pl.Series(texts), rng)], rng)
    exact = pl.Series(texts).value_counts(sort=True).rows()
    assert not made.tops.exact and made.tops.n == 40_000
    for value, count in exact[:5]:
        assert count <= made.tops.counts()[value] <= count + 0.0034 * 40_000


def test_a_text_of_any_length_takes_bounded_room() -> None:
    made = profile_of(pl.Series(["x" * 100_000 + "1", "x" * 100_000 + "2", "y"]), "text")
    assert len(made.dump()) < 3_000
    assert made.summary().top[0].value == "x" * LONGEST and made.summary().top[0].count == 2
    assert round(made.distinct) == 3


def test_truth_values_have_a_ratio_and_no_mean() -> None:
    summary = profile_of(pl.Series([True, False, False, None]), "truth").summary()
    assert (summary.true_ratio, summary.mean, summary.distinct) == (1 / 3, None, 2.0)
    assert [(top.value, top.count) for top in summary.top] == [("false", 2), ("true", 1)]


def test_arrays_are_profiled_by_length_and_times_by_seconds() -> None:
    lengths = profile_of(pl.Series([[1, 2], [], None, [3]]), kind_of("ARRAY<INT64>")).summary()
    assert (lengths.mean, lengths.max, lengths.nulls, lengths.zeros) == (1.0, 2.0, 1, 1)
    for unit, per_second in (("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
        times = pl.Series([1_700_000_000 * per_second]).cast(pl.Datetime(unit, "UTC"))  # type: ignore[arg-type]
        assert profile_of(times, kind_of("TIMESTAMP")).summary().mean == 1_700_000_000.0


def test_what_a_double_cannot_hold_does_not_exist() -> None:
    summary = profile_of(pl.Series([1.7e308] * 3 + [-1.7e308])).summary()
    assert (summary.min, summary.max, summary.std) == (-1.7e308, 1.7e308, None)
    assert b"null" in msgspec.json.encode(summary.std)
    assert b"NaN" not in summary.encode() and b"Infinity" not in summary.encode()
    empty = profile_of(pl.Series([None, np.nan, np.inf], dtype=pl.Float64)).summary()
    assert (empty.mean, empty.min, empty.p50, empty.curve, round(empty.distinct)) == (None, None, None, (), 1)


def test_latencies_are_weighted_by_rows() -> None:
    made = Profile("number", rules=0)
    assert made.latency().p99 is None
    made.add_latencies(np.array([0.25, 8.0]), np.array([999, 1]))
    assert (made.latency().p50, made.latency().p99) == (0.25, 0.25)
    made.add_latencies(np.array([8.0]), np.array([99]))
    assert made.latency().p99 == 8.0


def test_the_newest_samples_are_kept_in_whatever_order_they_come() -> None:
    samples = [Sample(entity=f"u{at}", value="x", at_ms=at, reason="r") for at in range(3 * SAMPLES)]
    one, other = Profile("number", rules=0), Profile("number", rules=0)
    one.add_samples(samples[::2])
    other.add_samples(samples[1::2])
    other.merge(one)
    other.merge(one)
    assert list(other.samples) == samples[-SAMPLES:]


def test_rules_are_counted_and_their_number_is_held() -> None:
    made = Profile("number", rules=2)
    made.add(pl.Series([1.0, 2.0]), [1, 2], warming=1)
    made.add(pl.Series([1.0]), [0, 1])
    assert (made.violations, made.rows, made.counts.warming) == ((1, 3), 3, 1)
    with pytest.raises(ValueError, match="violations of 1 rules; expected 2"):
        made.add(pl.Series([1.0]), [0])
    with pytest.raises(ValueError, match="'number' cannot take one of kind 'text'"):
        made.merge(Profile("text", rules=2))
    with pytest.raises(ValueError, match="version 99; expected 1"):
        Profile.load(msgspec.msgpack.encode([99, *msgspec.msgpack.decode(made.dump())[1:]]))
