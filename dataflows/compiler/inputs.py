"""Which columns and masks of a source an entity type folds."""

from collections.abc import Iterable
from dataclasses import dataclass

from dataflows.aggregations import AGGREGATIONS
from dataflows.definitions import Feature
from dataflows.kernels.opcodes import ValueKind


@dataclass(frozen=True, slots=True)
class Value:
    """A value expression of a source. Hashed texts are only ever counted, so their bytes are not kept."""

    text: str
    kind: ValueKind
    hashed: bool

    @property
    def interned(self) -> bool:
        """Whether words of it are numbers of texts."""
        return self.kind is ValueKind.TEXT and not self.hashed


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events of a source a feature takes: the filter is true and the value is there."""

    filter: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class SourceInputs:
    """What one source sends to one entity: columns of values and of lanes, in the order of the program."""

    values: tuple[Value, ...]
    lanes: tuple[Selection, ...]


def stateful(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The features that keep tiles; derived ones are evaluated on the row."""
    return tuple(feature for feature in features if feature.expression is None)


def source_inputs(features: Iterable[Feature]) -> dict[str, SourceInputs]:
    """Per source, the distinct values and lanes these features need."""
    values: dict[str, dict[Value, None]] = {}
    lanes: dict[str, dict[Selection, None]] = {}
    for feature in stateful(features):
        source, value = str(feature.source), value_of(feature)
        lanes.setdefault(source, {})[selection_of(feature)] = None
        values.setdefault(source, {}).update({value: None} if value else {})
    return {source: SourceInputs(tuple(values[source]), tuple(lanes[source])) for source in lanes}


def selection_of(feature: Feature) -> Selection:
    """The lane a feature reads."""
    return Selection(feature.filter, feature.value)


def value_of(feature: Feature) -> Value | None:
    """The value a feature stores, if it stores any."""
    aggregation = AGGREGATIONS[str(feature.aggregation)]
    if feature.value is None or feature.value_kind is None or aggregation.value_optional:
        return None
    hashed = feature.value_kind is ValueKind.TEXT and feature.aggregation == "approx_distinct"
    return Value(feature.value, feature.value_kind, hashed)
