"""Lists the columns and masks of a source that an entity type folds."""

from collections.abc import Iterable
from dataclasses import dataclass

from dataflows.aggregations import AGGREGATIONS
from dataflows.definitions import Feature
from dataflows.kernels.opcodes import ValueKind


@dataclass(frozen=True, slots=True)
class Value:
    """A value expression of a source. Hashed texts are only counted, so their bytes are not kept."""

    text: str
    kind: ValueKind
    hashed: bool

    @property
    def interned(self) -> bool:
        """Whether its words are numbers of interned texts."""
        return self.kind is ValueKind.TEXT and not self.hashed


@dataclass(frozen=True, slots=True)
class Selection:
    """The events of a source that a feature uses: those with a true filter and a value."""

    filter: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class SourceInputs:
    """The values and selections that one entity type takes from one source, in the order of the program."""

    values: tuple[Value, ...]
    selections: tuple[Selection, ...]


def stateful(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """Returns the features that keep tiles; derived ones are evaluated on the row."""
    return tuple(feature for feature in features if feature.expression is None)


def source_inputs(features: Iterable[Feature]) -> dict[str, SourceInputs]:
    """Lists, per source, the distinct values and selections that these features need."""
    values: dict[str, dict[Value, None]] = {}
    selections: dict[str, dict[Selection, None]] = {}
    for feature in stateful(features):
        source, value = str(feature.source), value_of(feature)
        selections.setdefault(source, {})[selection_of(feature)] = None
        values.setdefault(source, {}).update({value: None} if value else {})
    return {source: SourceInputs(tuple(values[source]), tuple(selections[source])) for source in selections}


def selection_of(feature: Feature) -> Selection:
    """Returns the selection of a feature."""
    return Selection(feature.filter, feature.value)


def value_of(feature: Feature) -> Value | None:
    """Returns the value that a feature stores, if it stores any."""
    aggregation = AGGREGATIONS[str(feature.aggregation)]
    if feature.value is None or feature.value_kind is None or aggregation.value_optional:
        return None
    hashed = feature.value_kind is ValueKind.TEXT and feature.aggregation == "approx_distinct"
    return Value(feature.value, feature.value_kind, hashed)
