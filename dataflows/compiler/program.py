"""Compiles a layout to programs: the arrays that the kernels interpret, one program per (entity, source)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataflows.compiler.inputs import SourceInputs, source_inputs, stateful
from dataflows.compiler.tile_layout import TileSlot, assign, partials_of, words_of
from dataflows.definitions import Feature
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Ints, KernelProgram
from dataflows.kernels.opcodes import Partial, PartialOp, ValueOrder

_LARGEST, _SMALLEST = int(np.iinfo(np.int64).max), int(np.iinfo(np.int64).min)
_INFINITE = int(np.float64(np.inf).view(np.int64))
_MINUS_INFINITE = int(np.float64(-np.inf).view(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class TileLayout:
    """The layout of one entity type and its programs, one per source.

    `features` are those that keep tiles; `fingerprints` cover all features, including derived ones. `since` maps each
    feature to when it began to count (ms; 0: from the start of the topic), `words` maps each stored partial to its
    position in the tiles of its hop, `first_word` maps a feature to its first folded word.
    """

    features: tuple[Feature, ...]
    fingerprints: Mapping[str, str]
    since: Mapping[str, int]
    hops: tuple[int, ...]
    words: Mapping[TileSlot, int]
    feeds: Mapping[str, SourceInputs]
    programs: Mapping[str, KernelProgram]
    first_word: Mapping[str, int]
    folded_words: int

    @property
    def any_program(self) -> KernelProgram:
        """Returns a program for work that reads no source: all programs share tables and folds."""
        return next(iter(self.programs.values()))


def layout_of(features: Sequence[Feature], since: Mapping[str, int]) -> TileLayout:
    """Lays out the tiles and folded words of an entity's features."""
    folded_features = stateful(features)
    hops = tuple(sorted({feature.hop_ms for feature in folded_features}))
    words = assign(folded_features, since)
    _check_size(features, hops, words)
    feeds = source_inputs(folded_features)
    first, folded = _folded_words(folded_features)
    parameters = _parameters(folded_features)
    rows = _folds(folded_features, since, hops, words, first, parameters)
    base = _program(folded_features, hops, words, parameters, rows)
    programs = {
        source: base._replace(updates=_updates(source, feed, hops, words, parameters)) for source, feed in feeds.items()
    }
    fingerprints = {feature.feature_name: feature.fingerprint for feature in features}
    return TileLayout(folded_features, fingerprints, dict(since), hops, words, feeds, programs, first, folded)


def _check_size(features: Sequence[Feature], hops: Sequence[int], words: Mapping[TileSlot, int]) -> None:
    """Checks that the layout fits the fixed room of the kernels. Raises ValueError."""
    widest = max(position + slot.partial.stored for slot, position in words.items())
    if len(hops) > offsets.MOST_TABLES or widest > offsets.MOST_WORDS:
        raise ValueError(
            f"{features[0].entity_id}: {len(hops)} different hops, {widest} slots in a tile; expected at most "
            f"{offsets.MOST_TABLES} and {offsets.MOST_WORDS}; hint: use fewer different hops, or a smaller k"
        )


def _program(
    features: tuple[Feature, ...],
    hops: tuple[int, ...],
    words: Mapping[TileSlot, int],
    parameters: Iterable[float],
    rows: Sequence[tuple[int, ...]],
) -> KernelProgram:
    sketches = [row for row in rows if row[offsets.F_OP] in (PartialOp.BINS, PartialOp.REGISTERS)]
    folds = [row for row in rows if row not in sketches]
    return KernelProgram(
        tables=_tables(features, hops, words, folds),
        templates=_templates(hops, words),
        chains=_chains(hops, words),
        updates=np.empty((0, offsets.U_PARAMETER + 1), np.int64),
        folds=np.array(folds, np.int64).reshape(-1, offsets.F_ASKS + 1),
        sketches=np.array(sketches, np.int64).reshape(-1, offsets.F_ASKS + 1),
        parameters=np.array(list(parameters), np.float64),
        blank=np.array([w for f in features for p in partials_of(f) for w in _blank(f, p)], np.int64),
    )


def _folded_words(features: Iterable[Feature]) -> tuple[dict[str, int], int]:
    first: dict[str, int] = {}
    width = 0
    for feature in features:
        first[feature.feature_name] = width
        width += sum(partial.folded for partial in partials_of(feature))
    return first, width


def _parameters(features: Iterable[Feature]) -> dict[float, int]:
    numbers = {0.0: 0}
    for partial in (partial for feature in features for partial in partials_of(feature)):
        for number in (_parameter(partial), float(partial.asks)):
            numbers.setdefault(number, len(numbers))
    return numbers


def _parameter(partial: Partial) -> float:
    """Returns the parameter that the kernels compute with: for a DDSketch the logarithm of its base, not the relative
    error."""
    if partial.op is PartialOp.BINS:
        return math.log((1 + partial.parameter) / (1 - partial.parameter))
    return float(partial.parameter)


def _tables(
    features: tuple[Feature, ...],
    hops: tuple[int, ...],
    words: Mapping[TileSlot, int],
    folds: Sequence[tuple[int, ...]],
) -> Ints:
    windows = [sorted({_window(f) for f in features if f.hop_ms == hop}) for hop in hops]
    tables = np.zeros((len(hops), offsets.WINDOWS + max(map(len, windows))), np.int64)
    for table, hop in enumerate(hops):
        width = max(position + slot.partial.stored for slot, position in words.items() if slot.hop == hop)
        first = sum(fold[offsets.F_TABLE] < table for fold in folds)
        last = sum(fold[offsets.F_TABLE] <= table for fold in folds)
        row = [hop, width, first, last, len(windows[table]), *windows[table]]
        tables[table, : len(row)] = row
    return tables


def _window(feature: Feature) -> int:
    """Returns the window (ms); a lifetime is a window that no tile leaves."""
    return feature.window_ms or offsets.NEVER


def _templates(hops: tuple[int, ...], words: Mapping[TileSlot, int]) -> Ints:
    width = max(position + slot.partial.stored for slot, position in words.items())
    templates = np.zeros((len(hops), width), np.int64)
    for slot, position in words.items():
        templates[hops.index(slot.hop), position : position + slot.partial.stored] = _empty(slot.partial, slot.order)
    return templates


def _empty(partial: Partial, order: ValueOrder) -> list[int]:
    """Returns the stored words of an empty partial."""
    number = {PartialOp.MIN: _INFINITE, PartialOp.MAX: _MINUS_INFINITE}
    whole = {PartialOp.MIN: _LARGEST, PartialOp.MAX: _SMALLEST}
    match partial.op:
        case PartialOp.MIN | PartialOp.MAX:
            return [(number if order is ValueOrder.REAL else whole)[partial.op]]
        case PartialOp.FIRST | PartialOp.LAST:
            return [offsets.NEVER if partial.op is PartialOp.FIRST else offsets.ALWAYS, offsets.NONE]
        case PartialOp.LATEST:
            return [0] + [offsets.NONE] * (partial.stored - 1)
        case PartialOp.SEEN:
            return [0, offsets.NONE]
        case PartialOp.BINS | PartialOp.REGISTERS:
            return [offsets.NONE]
        case _:
            return [0] * partial.stored


def _blank(feature: Feature, partial: Partial) -> list[int]:
    """Returns the folded words of an empty partial."""
    if partial.op in (PartialOp.SEEN, PartialOp.BINS, PartialOp.REGISTERS):
        return [0]
    return _empty(partial, words_of(feature, partial, 0).order)


def _chains(hops: tuple[int, ...], words: Mapping[TileSlot, int]) -> Ints:
    head = {PartialOp.SEEN: 1, PartialOp.BINS: 0, PartialOp.REGISTERS: 0}
    heads = [
        [
            position + head[slot.partial.op]
            for slot, position in words.items()
            if slot.hop == hop and slot.partial.op in head
        ]
        for hop in hops
    ]
    chains = np.full((len(hops), max(1, *map(len, heads))), offsets.NONE, np.int64)
    for table, row in enumerate(heads):
        chains[table, : len(row)] = row
    return chains


def _updates(
    source: str,
    feed: SourceInputs,
    hops: tuple[int, ...],
    words: Mapping[TileSlot, int],
    parameters: Mapping[float, int],
) -> Ints:
    rows = [
        (
            hops.index(slot.hop),
            slot.partial.op,
            slot.order,
            feed.values.index(slot.value) if slot.value else offsets.NONE,
            feed.selections.index(slot.lane),
            position,
            parameters[_parameter(slot.partial)],
        )
        for slot, position in words.items()
        if slot.source == source
    ]
    return np.array(sorted(rows), np.int64)


def _folds(
    features: tuple[Feature, ...],
    since: Mapping[str, int],
    hops: tuple[int, ...],
    words: Mapping[TileSlot, int],
    first: Mapping[str, int],
    parameters: Mapping[float, int],
) -> list[tuple[int, ...]]:
    """Builds the rows of `folds` and `sketches`, by table."""
    rows = []
    for feature in features:
        out = first[feature.feature_name]
        for partial in partials_of(feature):
            slot = words_of(feature, partial, since[feature.feature_name])
            fields = _window(feature), partial.op, slot.order, words[slot], out, partial.folded
            numbers = parameters[_parameter(partial)], parameters[float(partial.asks)]
            rows.append((hops.index(slot.hop), *fields, *numbers))
            out += partial.folded
    return sorted(rows)


class TileLayouts:
    """The layouts of an entity's features, one per set of starting times, shared by shards."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = tuple(features)
        self.stateful_features = stateful(features)
        self._layouts: dict[tuple[tuple[str, int], ...], TileLayout] = {}

    def of(self, since: Mapping[str, int]) -> TileLayout:
        """Returns the layout for features that began to count at these times (ms)."""
        key = tuple(sorted(since.items()))
        if key not in self._layouts:
            self._layouts[key] = layout_of(self.features, since)
        return self._layouts[key]
