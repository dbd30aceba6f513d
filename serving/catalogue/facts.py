"""Collects the facts of a definition's page in words, from the definitions alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataflows.compiler import StateCost, state_cost
from dataflows.definitions import (
    Case,
    ColumnOrigins,
    ColumnUse,
    Definitions,
    Feature,
    FeatureSet,
    Role,
    Source,
    durations,
)
from dataflows.rows import words_of
from reports import formats, moments
from serving.catalogue.entries import window_words

_ROLES: tuple[Role, ...] = ("value", "filter", "entity", "time")


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule in words, and the consequence of a violation."""

    words: str
    on_violation: str


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A test of a definition: its number of events, its time, and the expected value per entity."""

    name: str
    events: int
    at: str
    expected: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FeatureFacts:
    """A feature with the facts that its page shows beside its definition."""

    feature: Feature
    source: Source | None
    columns: tuple[tuple[Role, str], ...]
    readers: tuple[str, ...]
    sets: tuple[FeatureSet, ...]
    cost: StateCost | None

    @property
    def window(self) -> str:
        """Words how far back it looks."""
        return window_words(self.feature)

    @property
    def hop(self) -> str:
        """Words the step by which old events leave; empty without one."""
        return durations.format(self.feature.hop_ms) if self.feature.hop_ms else ""

    @property
    def rules(self) -> list[RuleFacts]:
        """Returns its rules."""
        return [RuleFacts(words_of(rule), rule.on_violation) for rule in self.feature.validation_rules]

    @property
    def cases(self) -> list[CaseFacts]:
        """Returns its tests."""
        return [_case(case) for case in self.feature.tests]

    @property
    def bytes(self) -> str:
        """Words the most that one entity takes."""
        return formats.size(self.cost.bytes) if self.cost else ""


@dataclass(frozen=True)
class SourceFacts:
    """A source with the features that fold it."""

    source: Source
    features: tuple[Feature, ...]

    @property
    def max_future(self) -> str:
        """Words how far an event time may be ahead."""
        return durations.format(self.source.max_future_ms)

    def uses(self, column: str) -> str:
        """Words the uses of a column; empty if it has none."""
        texts = [f"key of {entity_id}" for entity_id, of in self.source.entities.items() if of == column]
        if self.source.event_time.column == column:
            texts.append(f"event time ({self.source.event_time.unit})")
        if column in self.source.required:
            texts.append("required")
        return ", ".join(texts)


class CatalogueFacts:
    """The facts of all definitions, by name."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions, self._origins = definitions, ColumnOrigins(definitions)
        self._features = {feature.feature_name: feature for feature in definitions.features}
        self._readers: dict[str, list[str]] = {}
        self._sets: dict[str, list[FeatureSet]] = {}
        self._folding: dict[str, list[Feature]] = {}
        for feature in definitions.features:
            self._folding.setdefault(feature.source or "", []).append(feature)
            for read in feature.reads:
                self._readers.setdefault(read, []).append(feature.feature_name)
        for _, feature_set in sorted(definitions.sets.items()):
            for name in feature_set.names:
                self._sets.setdefault(name, []).append(feature_set)

    def of_feature(self, name: str) -> FeatureFacts | None:
        """Returns the facts of a feature, or None."""
        if (feature := self._features.get(name)) is None:
            return None
        return FeatureFacts(
            feature,
            self._definitions.sources.get(feature.source or ""),
            _columns(self._origins.own(name)),
            tuple(self._readers.get(name, ())),
            tuple(self._sets.get(name, ())),
            state_cost(feature),
        )

    def of_set(self, name: str) -> FeatureSet | None:
        """Returns a feature set, or None."""
        return self._definitions.sets.get(name)

    def of_source(self, name: str) -> SourceFacts | None:
        """Returns the facts of a source, or None."""
        source = self._definitions.sources.get(name)
        return SourceFacts(source, tuple(self._folding.get(name, ()))) if source else None


def _columns(uses: Sequence[ColumnUse]) -> tuple[tuple[Role, str], ...]:
    """Returns the columns of each role, in words."""
    named = ((role, ", ".join(use.column for use in uses if use.role == role)) for role in _ROLES)
    return tuple((role, columns) for role, columns in named if columns)


def _case(case: Case) -> CaseFacts:
    expected = tuple(
        (entity, moments.NOTHING if value is None else str(value)) for entity, value in case.expect.items()
    )
    return CaseFacts(case.name, len(case.events), moments.moment(case.at), expected)
