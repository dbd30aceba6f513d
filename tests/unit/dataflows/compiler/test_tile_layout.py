"""Tests which features share slots and selections, and what separates them."""

from pathlib import Path

import pytest

from dataflows.compiler.inputs import Selection, Value, source_inputs, stateful
from dataflows.compiler.tile_layout import TileSlot, assign, partials_of, words_of
from dataflows.definitions.loader import Feature
from dataflows.kernels.offsets import WORDS
from dataflows.kernels.opcodes import Partial, PartialOp, ValueKind, ValueOrder
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_definitions import definitions
from tests.support.generators.seeds import rng_of, seeds

SPEND = {
    "value_type": "DOUBLE",
    "source": "orders",
    "value": "amount",
    "aggregation": "sum",
    "window": "1d",
    "hop": "1h",
}
PAID = "event_type = 'payment_success'"


def features_of(folder: Path, **written: dict[str, object]) -> tuple[Feature, ...]:
    return by_hand(folder, **{name: {**SPEND, **keys} for name, keys in written.items()}).features


def assigned(features: tuple[Feature, ...], **since: int) -> dict[TileSlot, int]:
    return assign(features, {feature.feature_name: since.get(feature.feature_name, 0) for feature in features})


def ops(words: dict[TileSlot, int]) -> list[PartialOp]:
    return sorted(word.partial.op for word in words)


SHARED: list[tuple[dict[str, object], list[PartialOp]]] = [
    ({"window": "2d"}, [PartialOp.SUM]),
    ({"value_type": "FLOAT"}, [PartialOp.SUM]),
    ({"aggregation": "mean"}, [PartialOp.COUNT, PartialOp.SUM]),
    ({"aggregation": "max"}, [PartialOp.COUNT, PartialOp.SUM, PartialOp.MAX]),
]
APART: list[dict[str, object]] = [
    {"hop": "2h"},
    {"hop": "30m"},
    {"window": "lifetime", "hop": None},
    {"filter": PAID},
    {"value": "amount * 2"},
    {"value": "quantity"},
]


@pytest.mark.parametrize(("other", "kept"), SHARED)
def test_equal_partials_are_kept_once(tmp_path: Path, other: dict[str, object], kept: list[PartialOp]) -> None:
    words = assigned(features_of(tmp_path, a={}, b=other))
    assert ops(words) == sorted(kept)


@pytest.mark.parametrize("other", APART)
def test_what_decides_a_value_keeps_words_apart(tmp_path: Path, other: dict[str, object]) -> None:
    keys = {key: value for key, value in {**SPEND, **other}.items() if value is not None}
    a, b = by_hand(tmp_path, a=SPEND, b=keys).features
    words = assigned((a, b))
    assert ops(words) == [PartialOp.SUM, PartialOp.TOTAL if other == {"value": "quantity"} else PartialOp.SUM]
    assert len({(slot.hop, word) for slot, word in words.items()}) == 2


def test_a_feature_never_reads_what_an_older_one_has_counted(tmp_path: Path) -> None:
    features = features_of(tmp_path, a={}, b={}, c={"aggregation": "mean"})
    (shared,) = (slot for slot in assigned(features) if slot.partial.op is PartialOp.SUM)
    assert shared.since == 0
    words = assigned(features, b=1_000, c=1_000)
    assert sorted((word.partial.op, word.since) for word in words) == [
        (PartialOp.COUNT, 1_000),
        (PartialOp.SUM, 0),
        (PartialOp.SUM, 1_000),
    ]
    assert sorted(words.values()) == [WORDS, WORDS + 1, WORDS + 2]


def test_sketches_are_shared_by_what_shapes_them_not_by_what_is_asked(tmp_path: Path) -> None:
    quantile = {"aggregation": "quantile"}
    features = features_of(
        tmp_path,
        a={**quantile, "quantile": 0.5},
        b={**quantile, "quantile": 0.9},
        c={**quantile, "quantile": 0.9, "relative_error": 0.02},
    )
    assert sorted(slot.partial.parameter for slot in assigned(features)) == [0.01, 0.02]
    assert [partial.asks for feature in features for partial in partials_of(feature)] == [0.5, 0.9, 0.9]


def test_an_event_is_counted_without_its_value_but_only_where_there_is_one(tmp_path: Path) -> None:
    count: dict[str, object] = {"aggregation": "count", "value_type": "INT64"}
    (a,) = features_of(tmp_path / "1", a=count)
    b = by_hand(tmp_path / "2", b={key: value for key, value in {**SPEND, **count}.items() if key != "value"}).features
    words = assigned((a, *b))
    assert [word.value for word in words] == [None, None]
    assert [word.lane for word in words] == [Selection(None, "amount"), Selection(None, None)]
    assert source_inputs((a, *b))["orders"].values == ()


def test_texts_are_hashed_where_they_are_only_counted(tmp_path: Path) -> None:
    text = {"value": "category", "value_type": "INT64"}
    a, b = features_of(
        tmp_path, a={**text, "aggregation": "approx_distinct"}, b={**text, "aggregation": "distinct_count"}
    )
    hashed, exact = Value("category", ValueKind.TEXT, True), Value("category", ValueKind.TEXT, False)
    assert source_inputs((a, b))["orders"].values == (hashed, exact)
    assert (hashed.interned, exact.interned) == (False, True)
    assert [slot.order for slot in assigned((a, b))] == [ValueOrder.INT, ValueOrder.TEXT]


def test_lanes_and_values_stand_once_a_source(tmp_path: Path) -> None:
    features = features_of(tmp_path, a={}, b={"filter": PAID}, c={"aggregation": "max"}, d={"value": "quantity"})
    feed = source_inputs(features)["orders"]
    assert feed.selections == (Selection(None, "amount"), Selection(PAID, "amount"), Selection(None, "quantity"))
    assert feed.values == (Value("amount", ValueKind.REAL, False), Value("quantity", ValueKind.INT, False))


def test_derived_features_keep_nothing(tmp_path: Path) -> None:
    written = {"value_type": "DOUBLE", "expression": "a / 7"}
    features = by_hand(tmp_path, a=SPEND, b=written).features
    assert [feature.feature_name for feature in features] == ["a", "b"]
    assert [feature.feature_name for feature in stateful(features)] == ["a"]


@pytest.mark.parametrize("seed", seeds(6))
def test_words_of_a_hop_stand_side_by_side(tmp_path: Path, seed: int) -> None:
    """In random definitions no word belongs to two partials or to none, and every feature finds its own."""
    rng = rng_of(seed)
    made = definitions(rng, tmp_path / "specs", per_entity=20)
    for entity_id in made.entity_ids:
        features = stateful(made.of_entity(entity_id))
        since = {feature.feature_name: int(rng.integers(2)) * 1_000 for feature in features}
        words = assign(features, since)
        for hop in {feature.hop_ms for feature in features}:
            taken = [word + i for slot, word in words.items() if slot.hop == hop for i in range(slot.partial.stored)]
            assert sorted(taken) == list(range(WORDS, WORDS + len(taken)))
        wanted = {words_of(f, partial, since[f.feature_name]) for f in features for partial in partials_of(f)}
        assert wanted == words.keys()


def test_a_partial_is_as_wide_as_what_it_holds() -> None:
    assert [Partial(op).stored for op in PartialOp if op is not PartialOp.LATEST] == [
        *(1, 1, 1, 1, 3, 2, 2),  # up to LAST
        *(2, 1, 1),  # heads of chains, and for SEEN a count
        *(2, 4),  # TOTAL and SPREAD
    ]
    assert [Partial(PartialOp.LATEST, k).stored for k in (1, 2, 64)] == [3, 5, 129]
    assert [Partial(op).folded for op in (PartialOp.SEEN, PartialOp.BINS, PartialOp.REGISTERS)] == [1, 1, 1]
