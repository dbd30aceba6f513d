"""Tests strings as arrays: a hash that never changes, the order of texts, strings taken and gathered."""

import numpy as np
import polars as pl
import pytest

from dataflows.kernels.partition import shard_of
from dataflows.kernels.strings.arrow_strings import gather, hash_bytes, hash_strings, precedes, take_strings
from dataflows.kernels.strings.string_array import Strings, joined, strings_of
from tests.support.factories.kernel_batches import strings
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.string_hash import WORD, plain_hash

ALPHABET = ["a", "b", "\x00", "\x7f", "\x80", "é", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "😀", "\U0010ffff"]

# The shard of an id must never change: it locates state. Values may only be added here, never edited.
GOLDEN = {  # id -> its hash, its shard of 32 and of 48
    "": (0xEFD01F60BA992926, 16, 32),
    "a": (0x82A2A958A9BECE5B, 12, 12),
    "0": (0xC1E42AF088FF1B2C, 24, 8),
    "foobar": (0x2C22194922D1672B, 4, 20),
    "u1": (0x63B9B7F52C45B2B1, 26, 42),
    "user_42": (0x9D55E35DEBC8BCAF, 14, 30),
    "18446744073709551615": (0xA415FFAF93606D58, 23, 7),
    "naïve": (0x1B21A798C5AB1DCF, 12, 44),
    "😀": (0xDA89B0991F06F386, 12, 28),
    "x" * 100: (0x43777B34A05BE89D, 26, 26),
}


def random_texts(rng: np.random.Generator, many: int, longest: int = 4) -> list[str]:
    """Returns short texts over few characters, of every length of UTF-8: many are equal or prefixes of each other."""
    return ["".join(rng.choice(ALPHABET, int(rng.integers(longest + 1)))) for _ in range(many)]


def hash_of(text: str) -> int:
    data = np.frombuffer(text.encode(), np.uint8)
    return int(hash_bytes(data, 0, len(data)))


@pytest.mark.parametrize(("text", "golden"), GOLDEN.items(), ids=lambda value: ascii(value)[:12])
def test_the_hash_and_the_shard_of_an_id_are_pinned(text: str, golden: tuple[int, int, int]) -> None:
    hash_ = hash_of(text)
    assert (hash_ & WORD, shard_of(hash_, 32), shard_of(hash_, 48)) == golden


@pytest.mark.parametrize("seed", seeds(3))
def test_hashes_are_those_of_plain_python(seed: int) -> None:
    texts = random_texts(rng_of(seed), 300, longest=20)
    column = strings_of(pl.Series(texts))
    hashes = np.empty(len(texts), np.int64)
    hash_strings(column.offsets, column.data, hashes)
    plain = [plain_hash(text.encode()) for text in texts]
    assert hashes.view(np.uint64).tolist() == plain
    assert [shard_of(int(hash_), 48) for hash_ in hashes] == [(hash_ >> 33) % 48 for hash_ in plain]


@pytest.mark.parametrize("shards", [1, 7, 32, 64])
def test_ids_are_spread_evenly(shards: int) -> None:
    counts = np.bincount([shard_of(hash_of(f"user_{i}"), shards) for i in range(6_400)], minlength=shards)
    even = 6_400 / shards
    assert np.abs(counts - even).max() <= 5 * np.sqrt(even)


@pytest.mark.parametrize("seed", seeds(3))
def test_precedes_is_the_order_of_code_points(seed: int) -> None:
    rng = rng_of(seed)
    texts = random_texts(rng, 60)
    column = strings(texts)
    starts, lengths = column.offsets[:-1].tolist(), np.diff(column.offsets).tolist()
    for i, left in enumerate(texts):
        for j, right in enumerate(texts):
            precedes_it = precedes(column.data, starts[i], lengths[i], starts[j], lengths[j])
            assert precedes_it == (left < right) == (left.encode() < right.encode()), (left, right)


@pytest.mark.parametrize("seed", seeds(3))
def test_strings_are_taken_in_any_order_and_more_than_once(seed: int) -> None:
    rng = rng_of(seed)
    texts = random_texts(rng, 50)
    column, order = strings_of(pl.Series(texts)), rng.integers(0, 50, int(rng.integers(80)))
    assert Strings(*take_strings(column.offsets, column.data, order)).to_list() == [texts[i] for i in order]


@pytest.mark.parametrize("seed", seeds(3))
def test_strings_are_gathered_from_anywhere_in_an_arena(seed: int) -> None:
    rng = rng_of(seed)
    arena = rng.integers(ord("a"), ord("z"), 200).astype(np.uint8)
    starts, lengths = rng.integers(0, 180, 40), rng.integers(0, 20, 40)
    plain = [bytes(arena[start : start + length]).decode() for start, length in zip(starts, lengths, strict=True)]
    assert Strings(*gather(starts, lengths, arena)).to_list() == plain


@pytest.mark.parametrize("seed", seeds(3))
def test_columns_of_polars_come_through_parts_and_joins(seed: int) -> None:
    rng = rng_of(seed)
    texts, cut = random_texts(rng, 40), sorted(rng.integers(0, 41, 2).tolist())
    whole = pl.concat([pl.Series(texts[:13]), pl.Series(texts[13:])], rechunk=False)
    column = strings_of(whole)
    assert column.to_list() == texts
    assert strings_of(whole[cut[0] : cut[1]]).to_list() == texts[cut[0] : cut[1]]
    part = column.part(*cut)
    assert part.to_list() == texts[cut[0] : cut[1]]
    assert joined([part, column, column.part(0, 0)]).to_list() == [*texts[cut[0] : cut[1]], *texts]


def test_nulls_are_those_that_are_said_to_be() -> None:
    texts = ["a", None, "", None, "é", "b", "c", "d", None]
    valid = np.array([text is not None for text in texts])
    assert strings_of(pl.Series(texts)).arrow(valid).to_pylist() == texts
