"""Tests that sketches stay within their promised errors, and do not depend on the tiles of their values."""

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from dataflows.compiler.program import TileLayout
from dataflows.kernels.arrays import Ints
from dataflows.kernels.offsets import HEADS, KEY, NEXT, NONE, OUT_AS_OF, VALUE
from dataflows.kernels.sketches import BINS_SPAN, MIDDLE, SMALLEST, bin_of, number_of
from dataflows.state.tile_store import TileStore
from tests.support.factories.definitions import DAY, HOUR
from tests.support.factories.kernel_batches import by_id, folded, layout, put, rows_of, word_batch
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.string_hash import WORD, plain_hash

Reals = npt.NDArray[np.float64]
ERRORS = [0.005, 0.01, 0.05, 0.2]
ASKED = [0.001, 0.25, 0.5, 0.9, 0.999]
PRECISIONS = [4, 8, 12, 16]
QUANTILE = {"aggregation": "quantile", "value_type": "DOUBLE"}
DISTINCT = {"aggregation": "approx_distinct", "value_type": "INT64"}


def quantiles(folder: Path, value: str, error: float) -> TileLayout:
    asked: list[dict[str, object]] = [{**QUANTILE, "quantile": q, "relative_error": error} for q in ASKED]
    return layout(folder, value, **{f"q{place}": feature for place, feature in enumerate(asked)})


def estimates(folder: Path, value: str = "quantity") -> TileLayout:
    return layout(folder, value, **{f"p{precision}": {**DISTINCT, "precision": precision} for precision in PRECISIONS})


def reals(made: TileLayout, rows: Ints, name: str) -> Reals:
    return folded(made, rows, name).copy().view(np.float64)


def log_gamma(error: float) -> float:
    return math.log((1 + error) / (1 - error))


def wide(rng: np.random.Generator, many: int, largest: float = 307.5) -> Reals:
    """Returns numbers of every magnitude that is not zero to the sketch, of both signs."""
    sizes: Reals = 10.0 ** rng.uniform(math.log10(SMALLEST), largest, many)
    return np.where(rng.random(many) < 0.5, sizes, -sizes)


def borders(error: float) -> Reals:
    """Returns numbers at the borders of bins, and next to them."""
    edges = np.exp(math.log(SMALLEST) + np.arange(1, 400, 7) * log_gamma(error))
    return np.concatenate([edges, np.nextafter(edges, 0), np.nextafter(edges, np.inf)])


@pytest.mark.parametrize("error", ERRORS)
def test_a_bin_stands_for_its_numbers(error: float) -> None:
    base = log_gamma(error)
    for number in [*wide(rng_of(1), 2_000).tolist(), *borders(error).tolist(), SMALLEST, -SMALLEST, 5e307, -5e307]:
        bin_ = bin_of(number, base)
        assert 0 <= bin_ < BINS_SPAN
        assert abs(number_of(bin_, base) - number) <= error * (1 + 1e-9) * abs(number), number


@pytest.mark.parametrize("number", [9e307, -1.2e308, sys.float_info.max])
def test_a_bin_of_the_largest_doubles_stands_for_them(number: float) -> None:
    estimate = number_of(bin_of(number, log_gamma(0.01)), log_gamma(0.01))
    assert abs(estimate / number - 1) <= 0.01 * (1 + 1e-9)


@pytest.mark.parametrize("error", ERRORS)
def test_larger_numbers_never_have_smaller_bins(error: float) -> None:
    numbers = np.sort(np.concatenate([wide(rng_of(2), 1_000), borders(error), -borders(error), [0.0, 1e-13, -1e-300]]))
    bins = [bin_of(number, log_gamma(error)) for number in numbers.tolist()]
    assert bins == sorted(bins)


@pytest.mark.parametrize("number", [0.0, -0.0, SMALLEST / 2, -SMALLEST / 2, 5e-324])
def test_what_is_nearly_zero_is_zero(number: float) -> None:
    assert bin_of(number, log_gamma(0.01)) == MIDDLE
    assert number_of(MIDDLE, log_gamma(0.01)) == 0.0


def shapes(rng: np.random.Generator) -> Iterator[Reals]:
    """Yields values of very different kinds."""
    yield wide(rng, 700)
    yield -np.exp(rng.normal(3, 2, 500))
    yield np.where(rng.random(600) < 0.4, 0.0, rng.normal(0, 5, 600))
    yield np.full(50, 12.5)
    yield rng.uniform(1e-11, 1e-9, 300)
    yield np.array([-7.0])


def assert_quantiles(made: TileLayout, row: Ints, values: Reals, error: float) -> None:
    """Checks that each is within the error of the value of rank floor(q * (n - 1))."""
    ordered = np.sort(values)
    for place, asked in enumerate(ASKED):
        exact = float(ordered[math.floor(asked * (len(ordered) - 1))])
        estimate = float(reals(made, row, f"q{place}")[0])
        assert abs(estimate - exact) <= error * (1 + 1e-9) * abs(exact), (asked, estimate, exact)


@pytest.mark.parametrize("error", ERRORS)
def test_quantiles_over_tiles_are_within_their_error(tmp_path: Path, error: float) -> None:
    """Includes tiles that leave the window: every row emitted over three days."""
    made, rng, boundaries = quantiles(tmp_path, "amount", error), rng_of(3), 0
    for values in shapes(rng):
        times = np.sort(rng.integers(0, 3 * DAY, len(values)))
        rows = rows_of(made, times, values.view(np.int64))
        boundaries += len(rows) - 1
        for row in rows:
            held = values[inside(times, int(row[OUT_AS_OF]))]
            if len(held):
                assert_quantiles(made, row[None], held, error)
            else:
                assert np.isnan(reals(made, row[None], "q0")).all()
    assert boundaries > 100


def inside(times: Ints, as_of: int) -> npt.NDArray[np.bool_]:
    """Returns which events are in the window at a time."""
    return (times < as_of) & (times // HOUR * HOUR + HOUR + DAY > as_of)


def test_quantiles_of_integers(tmp_path: Path) -> None:
    made, values = quantiles(tmp_path, "quantity", 0.01), rng_of(4).integers(-(2**40), 2**60, 900)
    rows = rows_of(made, np.arange(900) * 60_000, values)
    assert_quantiles(made, rows[-1:], values.astype(np.float64), 0.01)


def standard_error(precision: int) -> float:
    return 1.04 / math.sqrt(2**precision)


@pytest.mark.long
@pytest.mark.parametrize("first", [0, -(2**40)])
def test_estimates_from_one_value_to_a_million(tmp_path: Path, first: int) -> None:
    """Integers in a row, many of them twice; after each part the estimate of all so far."""
    made = estimates(tmp_path)
    tiles, known = TileStore(made), 0
    for many in (1, 2, 5, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000):
        words = np.arange(first + known - known // 3, first + many)
        batch = word_batch(made, ["u"] * len(words), np.arange(len(words)) * DAY // (len(words) + 1), words)
        rows, known = put(tiles, batch), many
        for precision in PRECISIONS:
            estimate = float(reals(made, rows, f"p{precision}")[-1])
            assert abs(estimate / many - 1) <= 4 * standard_error(precision), (many, precision, estimate)


@pytest.mark.parametrize("many", [100, 2_000, 20_000])
def test_estimates_have_their_standard_error_and_no_bias(tmp_path: Path, many: int) -> None:
    """Over fifty entities with disjoint values: 64 registers, 2.5 times as many, and far more."""
    made, entities = layout(tmp_path, "quantity", p6={**DISTINCT, "precision": 6}), 50
    ids = [f"u{place}" for place in range(entities)] * many
    words = rng_of(many).permutation(many * entities)
    rows = put(TileStore(made), word_batch(made, ids, np.zeros(len(ids), np.int64), words))
    off = reals(made, rows, "p6") / many - 1
    assert len(off) == entities
    assert abs(off.mean()) <= 4 * standard_error(6) / math.sqrt(entities)
    assert math.sqrt((off**2).mean()) <= 1.3 * standard_error(6)


@pytest.mark.parametrize("seed", seeds(3))
def test_estimates_do_not_depend_on_tiles(tmp_path: Path, seed: int) -> None:
    """Every row over three days is exactly the estimate of the window's values in a single tile."""
    rng, made = rng_of(seed), estimates(tmp_path, "amount")
    values, times = rng.integers(0, 300, 500) / 8, np.sort(rng.integers(0, 3 * DAY, 500))
    for row in rows_of(made, times, values.view(np.int64))[::7]:
        held = values[inside(times, int(row[OUT_AS_OF]))]
        alone = rows_of(made, np.zeros(len(held), np.int64), rng.permutation(held).view(np.int64))
        for precision in PRECISIONS:
            name = f"p{precision}"
            assert folded(made, row[None], name).tolist() == folded(made, alone, name).tolist()


def word_with(hash_: int) -> int:
    """Returns the word that `mixed` turns into a hash: its steps backwards, as int64."""
    for factor in (0xC4CEB9FE1A85EC53, 0xFF51AFD7ED558CCD):
        hash_ = (hash_ ^ hash_ >> 33) * pow(factor, -1, 1 << 64) & WORD
    hash_ ^= hash_ >> 33
    return hash_ - (1 << 64) if hash_ >> 63 else hash_


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_register_keeps_the_highest_rank(tmp_path: Path, precision: int) -> None:
    """Includes hashes that no stream would ever show: no bit set at all behind the register's number."""
    rng, rest = rng_of(precision), 64 - precision
    hashes = [plain_hash(b"%d" % number) for number in range(200)]
    hashes += [int(rng.integers(4)) << rest | 1 << int(bit) for bit in rng.integers(0, rest, 100)]
    hashes += [place << rest for place in (0, 3, 2**precision - 1)]
    hashes = rng.permutation(np.array(hashes, np.uint64)).tolist()
    expected: dict[int, int] = {}
    for hash_ in hashes:
        rank = rest - (hash_ & (1 << rest) - 1).bit_length() + 1
        expected[hash_ >> rest] = max(expected.get(hash_ >> rest, 0), rank)
    words = np.array([word_with(hash_) for hash_ in hashes], np.int64)
    assert registers(layout(tmp_path, "quantity", p={**DISTINCT, "precision": precision}), words) == expected


def registers(made: TileLayout, words: Ints) -> dict[int, int]:
    """Returns the registers in the cells of the only tile, after one batch."""
    tiles, (word,) = TileStore(made), made.words.values()
    put(tiles, word_batch(made, ["u"] * len(words), np.zeros(len(words), np.int64), words))
    heap, offsets = tiles.state.heap, dict[int, int]()
    cell = int(heap[tiles.state.entities[0, HEADS] + word])
    while cell != NONE:
        offsets[int(heap[cell + KEY])] = int(heap[cell + VALUE])
        cell = int(heap[cell + NEXT])
    return offsets


@pytest.mark.parametrize("seed", seeds(3))
def test_exact_sets_count_each_value_of_the_window_once(tmp_path: Path, seed: int) -> None:
    """In any order of arrival within the window, and with other entities in the same index."""
    rng = rng_of(seed)
    made = layout(tmp_path, "quantity", d={"aggregation": "distinct_count", "value_type": "INT64"})
    times = np.sort(rng.integers(0, 3 * DAY, 600)) + rng.integers(0, 6 * HOUR, 600)
    values, ids = rng.integers(0, 40, 600), rng.choice(["u", "v", "w"], 600)
    tiles = TileStore(made)
    for stop in range(100, 601, 100):
        part = slice(stop - 100, stop)
        rows = put(tiles, word_batch(made, ids[part].tolist(), times[part], values[part]))
    assert len(rows) > 3, "no row changed by time alone"
    by_entity = by_id(tiles, tiles.refill())
    assert by_entity.keys() == {"u", "v", "w"}
    for entity, row in by_entity.items():
        of = ids == entity
        held = inside(times[of], int(row[OUT_AS_OF]))
        assert folded(made, row[None], "d").tolist() == [len(set(values[of][held].tolist()))]
