"""Tests programs: the arrays that describe features to the kernels."""

import math
from pathlib import Path

import numpy as np
import pytest

from dataflows.compiler.program import TileLayout, layout_of
from dataflows.compiler.tile_layout import partials_of, words_of
from dataflows.definitions.loader import Feature
from dataflows.kernels import offsets
from dataflows.kernels.arrays import KernelProgram
from dataflows.kernels.offsets import (
    ALWAYS,
    F_ASKS,
    F_OP,
    F_OUT,
    F_PARAMETER,
    F_TABLE,
    F_WIDTH,
    F_WINDOW,
    F_WORD,
    FIRST_FOLD,
    HOP,
    LAST_FOLD,
    NEVER,
    NONE,
    U_LANE,
    U_TABLE,
    U_VALUE,
    U_WORD,
    WIDTH,
    WINDOW_COUNT,
    WINDOWS,
    WORDS,
)
from dataflows.kernels.opcodes import PartialOp
from tests.support.factories.definitions import DAY, HOUR, by_hand
from tests.support.generators.random_definitions import definitions
from tests.support.generators.seeds import rng_of

SKETCHES = (PartialOp.BINS, PartialOp.REGISTERS)


@pytest.fixture(params=range(6))
def made(request: pytest.FixtureRequest, tmp_path: Path) -> list[TileLayout]:
    """Returns the layouts of random definitions, some of whose features are new."""
    rng = rng_of(int(request.param))
    random_definitions = definitions(rng, tmp_path / "specs", per_entity=16)
    since = {feature.feature_name: int(rng.integers(2)) * 1_000 for feature in random_definitions.features}
    return [layout_of(random_definitions.of_entity(entity_id), since) for entity_id in random_definitions.entity_ids]


def window_of(feature: Feature) -> int:
    return feature.window_ms or NEVER


def test_a_table_knows_its_hop_its_windows_and_its_width(made: list[TileLayout]) -> None:
    for layout in made:
        for table, row in enumerate(layout.any_program.tables.tolist()):
            features = [feature for feature in layout.features if feature.hop_ms == row[HOP]]
            windows = sorted({window_of(feature) for feature in features})
            assert row[WINDOWS : WINDOWS + row[WINDOW_COUNT]] == windows
            stored = sum(word.partial.stored for word in layout.words if word.hop == row[HOP])
            assert row[WIDTH] == WORDS + stored
            assert layout.hops[table] == row[HOP]
        assert list(layout.hops) == sorted({feature.hop_ms for feature in layout.features})


def test_every_partial_of_every_feature_is_folded_to_a_place_of_its_own(made: list[TileLayout]) -> None:
    for layout in made:
        program = layout.any_program
        rows = {row[F_OUT]: row for row in [*program.folds.tolist(), *program.sketches.tolist()]}
        taken = [out + i for out, row in rows.items() for i in range(row[F_WIDTH])]
        assert sorted(taken) == list(range(layout.folded_words)) == list(range(len(program.blank)))
        for feature in layout.features:
            out = layout.first_word[feature.feature_name]
            for partial in partials_of(feature):
                slot = words_of(feature, partial, layout.since[feature.feature_name])
                row = rows[out]
                table = layout.hops.index(feature.hop_ms)
                assert row[: F_OP + 1] == [table, window_of(feature), partial.op]
                assert row[F_WORD : F_WIDTH + 1] == [layout.words[slot], out, partial.folded]
                assert program.parameters[row[F_ASKS]] == partial.asks
                out += partial.folded


def test_folds_stand_by_table_and_sketches_apart(made: list[TileLayout]) -> None:
    for program in (layout.any_program for layout in made):
        assert {row[F_OP] for row in program.sketches.tolist()} <= set(SKETCHES)
        folded: list[int] = []
        for table, row in enumerate(program.tables.tolist()):
            part = program.folds[row[FIRST_FOLD] : row[LAST_FOLD]]
            assert (part[:, F_TABLE] == table).all()
            assert not set(part[:, F_OP].tolist()) & set(SKETCHES)
            folded += range(row[FIRST_FOLD], row[LAST_FOLD])
        assert folded == list(range(len(program.folds)))


def test_sources_differ_in_their_updates_alone_and_together_update_all_words(made: list[TileLayout]) -> None:
    for layout in made:
        updated = []
        for source, program in layout.programs.items():
            assert all(a is b for a, b in zip(shared(program), shared(layout.any_program), strict=True))
            assert program.updates[:, U_TABLE].tolist() == sorted(program.updates[:, U_TABLE])
            updated += [described(layout, source, row) for row in program.updates.tolist()]
        words = {(layout.hops.index(slot.hop), word): slot for slot, word in layout.words.items()}
        assert len(updated) == len(words)
        for table, word, source, lane, value in updated:
            slot = words[table, word]
            assert (slot.source, slot.lane, slot.value) == (source, lane, value)


def shared(program: KernelProgram) -> list[object]:
    return [array for name, array in program._asdict().items() if name != "updates"]


def described(layout: TileLayout, source: str, row: list[int]) -> tuple[int, int, str, object, object]:
    """Returns the meaning of an update: table, word, source, lane and value."""
    feed = layout.feeds[source]
    value = None if row[U_VALUE] == NONE else feed.values[row[U_VALUE]]
    return row[U_TABLE], row[U_WORD], source, feed.selections[row[U_LANE]], value


def test_chains_are_the_heads_of_cells(made: list[TileLayout]) -> None:
    for layout in made:
        program = layout.any_program
        heads = {
            (layout.hops.index(slot.hop), word + (slot.partial.op is PartialOp.SEEN))
            for slot, word in layout.words.items()
            if slot.partial.op in (PartialOp.SEEN, *SKETCHES)
        }
        chains = {(table, word) for table, row in enumerate(program.chains.tolist()) for word in row if word != NONE}
        assert chains == heads
        assert all(program.templates[head] == NONE for head in heads)


REAL_MAX, REAL_MIN = (int(np.float64(sign * math.inf).view(np.int64)) for sign in (1, -1))
EMPTY: list[tuple[str, str, list[int], list[int]]] = [
    ("sum", "amount", [0], [0]),
    ("sum", "quantity", [0, 0], [0, 0]),
    ("mean", "amount", [0, 0], [0, 0]),
    ("mean", "quantity", [0] * 3, [0] * 3),
    ("min", "amount", [REAL_MAX, 0], [REAL_MAX, 0]),
    ("max", "amount", [REAL_MIN, 0], [REAL_MIN, 0]),
    ("min", "quantity", [2**63 - 1, 0], [2**63 - 1, 0]),
    ("max", "quantity", [-(2**63), 0], [-(2**63), 0]),
    ("var", "amount", [0] * 4, [0] * 4),
    ("first", "amount", [NEVER, NONE], [NEVER, NONE]),
    ("last", "amount", [ALWAYS, NONE], [ALWAYS, NONE]),
    ("last_k", "amount", [0, *[NONE] * 4], [0, *[NONE] * 4]),
    ("distinct_count", "amount", [0, NONE], [0]),
    ("approx_distinct", "amount", [NONE], [0]),
    ("quantile", "amount", [NONE], [0]),
    ("time_since_last", "amount", [ALWAYS, NONE], [ALWAYS, NONE]),
]
OPTIONS: dict[str, dict[str, object]] = {"last_k": {"k": 2}, "quantile": {"quantile": 0.9}}
TYPES = {"last_k": "ARRAY<DOUBLE>", "distinct_count": "INT64", "approx_distinct": "INT64"}


def one_feature(folder: Path, aggregation: str, value: str, **keys: object) -> KernelProgram:
    written = {"value_type": TYPES.get(aggregation, "DOUBLE"), "source": "orders", "value": value}
    asked = {"aggregation": aggregation, "window": "1d", "hop": "1h", **OPTIONS.get(aggregation, {}), **keys}
    return layout_of(by_hand(folder, a={**written, **asked}).features, {"a": 0}).any_program


@pytest.mark.parametrize(("aggregation", "value", "stored", "blank"), EMPTY)
def test_the_words_of_nothing(
    tmp_path: Path, aggregation: str, value: str, stored: list[int], blank: list[int]
) -> None:
    program = one_feature(tmp_path, aggregation, value)
    assert program.templates[0, WORDS:].tolist() == stored
    assert program.blank.tolist() == blank


def test_a_lifetime_is_a_window_that_never_ends(tmp_path: Path) -> None:
    program = one_feature(tmp_path / "lifetime", "sum", "amount", window="lifetime", hop=None)
    assert program.tables.tolist() == [[0, WORDS + 1, 0, 1, 1, NEVER]]
    assert program.folds[:, [F_WINDOW, F_WORD]].tolist() == [[NEVER, WORDS]]
    hourly = one_feature(tmp_path / "day", "sum", "amount")
    assert hourly.tables.tolist() == [[HOUR, WORDS + 1, 0, 1, 1, DAY]]


def test_kernels_are_given_what_they_compute_with(tmp_path: Path) -> None:
    """A sketch's relative error becomes the logarithm of its base; k and precision are unchanged."""
    program = one_feature(tmp_path / "1", "quantile", "amount", relative_error=0.02)
    (row,) = program.sketches.tolist()
    assert program.parameters[row[F_PARAMETER]] == pytest.approx(math.log(1.02 / 0.98), rel=1e-15)
    assert program.parameters[row[F_ASKS]] == 0.9
    program = one_feature(tmp_path / "2", "last_k", "amount", k=5)
    assert program.parameters[program.folds[0, F_PARAMETER]] == 5
    assert program.updates[0, offsets.U_PARAMETER] == program.folds[0, F_PARAMETER]
