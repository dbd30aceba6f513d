"""Traces a feature to the columns of its sources, with the role of each."""

from dataclasses import dataclass
from typing import Literal

from dataflows.definitions.expressions import column_names
from dataflows.definitions.loader import Definitions
from dataflows.definitions.model.feature import Feature
from dataflows.definitions.model.source import Source

Role = Literal["value", "filter", "entity", "time"]


@dataclass(frozen=True, slots=True, order=True)
class ColumnUse:
    """A column of a source and its role in a feature: folded, filtering events, naming the entity, or event time."""

    source: str
    column: str
    role: Role


def column_uses(feature: Feature, source: Source) -> tuple[ColumnUse, ...]:
    """Returns the columns that an aggregated feature reads itself, sorted; a column can have several roles."""
    parts: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("value", column_names(feature.value) if feature.value else ()),
        ("filter", column_names(feature.filter) if feature.filter else ()),
        ("entity", (source.entities[feature.entity_id],)),
        ("time", (source.event_time.column,)),
    )
    return tuple(sorted({ColumnUse(source.name, column, role) for role, columns in parts for column in columns}))


class ColumnOrigins:
    """The columns behind every feature, including those behind the features it reads."""

    def __init__(self, definitions: Definitions) -> None:
        self._features = {feature.feature_name: feature for feature in definitions.features}
        self._sources = definitions.sources
        self._known: dict[str, frozenset[ColumnUse]] = {}

    def own(self, name: str) -> tuple[ColumnUse, ...]:
        """Returns the columns that a feature reads itself; none for a derived one."""
        feature = self._features[name]
        return column_uses(feature, self._sources[feature.source]) if feature.source else ()

    def all(self, name: str) -> tuple[ColumnUse, ...]:
        """Returns all columns that a feature depends on, sorted."""
        return tuple(sorted(self._all(name)))

    def _all(self, name: str) -> frozenset[ColumnUse]:
        if name not in self._known:
            through = (self._all(read) for read in self._features[name].reads)
            self._known[name] = frozenset(self.own(name)).union(*through)
        return self._known[name]
