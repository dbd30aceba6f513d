"""Derives the lineage of features from the definitions: direct and indirect sources, and the columns they read."""

from dataflows.definitions import Definitions, Feature, Source, column_names
from dataflows.quality.subjects import longest_window
from dataflows.quality.version_keys import version_key
from reports.alerting import FeatureLineage, Lineage, SourceLineage

Columns = dict[str, frozenset[str]]
"""The columns read, by source."""


def lineage_of(definitions: Definitions) -> Lineage:
    """Returns the lineage of all features, and of the sources they read."""
    columns: dict[str, Columns] = {}
    for feature in definitions.features:
        _note_columns(feature, definitions, columns)
    used = {feature.source for feature in definitions.features}
    features = {
        feature.feature_name: FeatureLineage(
            feature.owner,
            columns[feature.feature_name],
            longest_window(feature, definitions),
            feature.runbook or "",
            version_key(feature),
        )
        for feature in definitions.features
    }
    sources = {
        name: SourceLineage(source.topic, source.runbook or "")
        for name, source in definitions.sources.items()
        if name in used
    }
    return Lineage(features, sources)


def read_columns(source: Source, definitions: Definitions) -> list[str]:
    """Returns the columns of a source that some feature reads, sorted."""
    features = [feature for feature in definitions.features if feature.source == source.name]
    return sorted(frozenset[str]().union(*(_own_columns(feature, source) for feature in features)))


def _note_columns(feature: Feature, definitions: Definitions, known: dict[str, Columns]) -> None:
    """Adds the columns of a feature, and of all features it reads, by source."""
    if feature.feature_name in known:
        return
    if feature.source is not None:
        columns = _own_columns(feature, definitions.sources[feature.source])
        known[feature.feature_name] = {feature.source: columns}
        return
    noted: Columns = {}
    for read in (other for other in definitions.features if other.feature_name in feature.reads):
        _note_columns(read, definitions, known)
        for source, columns in known[read.feature_name].items():
            noted[source] = noted.get(source, frozenset()) | columns
    known[feature.feature_name] = noted


def _own_columns(feature: Feature, source: Source) -> frozenset[str]:
    texts = [text for text in (feature.filter, feature.value) if text]
    read = (column_names(text) for text in texts)
    return frozenset[str]().union(*read) - {*source.entities.values(), source.event_time.column}
