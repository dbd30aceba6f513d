"""Describes what features depend on: sources, their columns, owners and runbooks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reports.records import Alert


@dataclass(frozen=True, slots=True)
class FeatureLineage:
    """One feature: its direct and indirect sources, the columns of each that it reads, and its window (0: lifetime)."""

    owner: str
    columns: Mapping[str, frozenset[str]]  # by source
    window_ms: int = 0
    runbook: str = ""
    version: str = ""  # name with version, promoted or not, such as spend@2

    @property
    def sources(self) -> tuple[str, ...]:
        """Returns its sources, sorted by name."""
        return tuple(sorted(self.columns))


@dataclass(frozen=True, slots=True)
class SourceLineage:
    """One source."""

    topic: str
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Lineage:
    """The features, and the sources that some feature reads, by name."""

    features: Mapping[str, FeatureLineage] = field(default_factory=dict)
    sources: Mapping[str, SourceLineage] = field(default_factory=dict)

    @property
    def versions(self) -> dict[str, str]:
        """Returns the version of each feature, by its name."""
        return {name: known.version for name, known in self.features.items() if known.version}

    def sources_of(self, feature: str) -> tuple[str, ...]:
        """Returns the sources that a feature depends on; empty if it is not defined."""
        known = self.features.get(feature)
        return known.sources if known else ()

    def window_of(self, feature: str) -> int:
        """Returns the window of a feature (ms); 0 for lifetime, or if it is not defined."""
        known = self.features.get(feature)
        return known.window_ms if known else 0

    def hanging_on(self, source: str) -> tuple[str, ...]:
        """Returns the features that depend on a source, sorted; all features for an empty name."""
        return tuple(sorted(name for name, feature in self.features.items() if not source or source in feature.columns))

    def owners_of(self, features: Iterable[str]) -> tuple[str, ...]:
        """Returns the owners of these features, sorted."""
        return tuple(sorted({known.owner for name in features if (known := self.features.get(name)) and known.owner}))

    def columns_read(self, source: str, features: Iterable[str]) -> frozenset[str]:
        """Returns the columns of a source that these features read."""
        read = (known.columns.get(source, frozenset()) for name in features if (known := self.features.get(name)))
        return frozenset[str]().union(*read)

    def runbook(self, features: Iterable[str], source: str) -> str:
        """Returns the first runbook of the features, otherwise of the source; empty if there is none."""
        of_features = (known.runbook for name in features if (known := self.features.get(name)))
        at_source = self.sources.get(source)
        return next((url for url in of_features if url), at_source.runbook if at_source else "")

    def defines(self, alert: Alert) -> bool:
        """Returns whether the definitions still have the subject of an alert."""
        if alert.feature:
            return alert.feature in self.features
        return not alert.source or alert.source in self.sources
