"""Definitions -> layout: which words a tile of an entity holds and which lanes of which source feed them.

Features that share (entity, hop) share a tile; equal partials over the same values share its words, as long as
the features began to count at the same time: a new feature never reads words that an older one has filled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dataflows.aggregations.catalogue import AGGREGATIONS
from dataflows.definitions.loader import Feature
from dataflows.kernels.offsets import WORDS
from dataflows.kernels.opcodes import ORDER, Kind, Monoid, Order, Partial


@dataclass(frozen=True, slots=True)
class Value:
    """A value expression of a source. Hashed texts are only ever counted, so their bytes are not kept."""

    text: str
    kind: Kind
    hashed: bool

    @property
    def interned(self) -> bool:
        """Whether words of it are numbers of texts."""
        return self.kind is Kind.TEXT and not self.hashed


@dataclass(frozen=True, slots=True)
class Lane:
    """Which events of a source a feature takes: the filter is true and the value is there."""

    filter: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class Feed:
    """What one source sends to one entity: columns of values and of lanes, in the order of the program."""

    values: tuple[Value, ...]
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A stored partial; features whose partials are equal in all of this share it."""

    hop: int
    source: str
    lane: Lane
    value: Value | None
    partial: Partial
    since: int

    @property
    def order(self) -> Order:
        """How the values compare."""
        return ORDER[self.value.kind] if self.value and not self.value.hashed else Order.INT


def stateful(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The features that keep tiles; derived ones are evaluated on the row."""
    return tuple(feature for feature in features if feature.expression is None)


def feeds_of(features: Iterable[Feature]) -> dict[str, Feed]:
    """Per source, the distinct values and lanes these features need."""
    values: dict[str, dict[Value, None]] = {}
    lanes: dict[str, dict[Lane, None]] = {}
    for feature in stateful(features):
        source, value = str(feature.source), value_of(feature)
        lanes.setdefault(source, {})[lane_of(feature)] = None
        values.setdefault(source, {}).update({value: None} if value else {})
    return {source: Feed(tuple(values[source]), tuple(lanes[source])) for source in lanes}


def partials_of(feature: Feature) -> tuple[Partial, ...]:
    """The partials a feature keeps."""
    return AGGREGATIONS[str(feature.aggregation)].partials(feature.value_kind or Kind.INT, feature.options)


def words_of(feature: Feature, partial: Partial, since: int) -> Words:
    """The stored words of one partial of a feature that counts since some time (ms; 0: from the start)."""
    stored = Partial(partial.monoid, partial.parameter)
    value = None if partial.monoid is Monoid.COUNT else value_of(feature)
    return Words(feature.hop_ms, str(feature.source), lane_of(feature), value, stored, since)


def assign(features: Iterable[Feature], since: Mapping[str, int]) -> dict[Words, int]:
    """Where each stored partial stands in the tiles of its hop."""
    offsets: dict[Words, int] = {}
    width: dict[int, int] = {}
    for feature in features:
        for partial in partials_of(feature):
            one = words_of(feature, partial, since[feature.feature_name])
            if one not in offsets:
                offsets[one] = width.setdefault(one.hop, WORDS)
                width[one.hop] += partial.stored
    return offsets


def lane_of(feature: Feature) -> Lane:
    """The lane a feature reads."""
    return Lane(feature.filter, feature.value)


def value_of(feature: Feature) -> Value | None:
    """The value a feature stores, if it stores any."""
    aggregation = AGGREGATIONS[str(feature.aggregation)]
    if feature.value is None or feature.value_kind is None or aggregation.value_optional:
        return None
    hashed = feature.value_kind is Kind.TEXT and feature.aggregation == "approx_distinct"
    return Value(feature.value, feature.value_kind, hashed)
