"""Resolves parsed files to sources, features and feature sets ready to use, or to all errors, in one pass."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError

from dataflows.definitions.checks import (
    AggregatedFeature,
    Derived,
    FileErrors,
    SpecCatalog,
    check_feature_set,
    check_project,
    resolve_cases,
    resolve_feature,
    resolve_source,
)
from dataflows.definitions.dependencies import Dependencies
from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.feature_builder import aggregated_feature, derived_feature
from dataflows.definitions.model.cases import Case
from dataflows.definitions.model.feature import Feature, FeatureSpec
from dataflows.definitions.model.feature_set import FeatureSet, FeatureSetSpec, feature_set_of
from dataflows.definitions.model.source import Source, SourceSpec
from dataflows.definitions.reading.folder import ParsedDefinitions, ParsedFiles

Errors = list[DefinitionError]


@dataclass(frozen=True, slots=True)
class ResolvedDefinitions:
    """Sources, features and feature sets by name; if there are `errors`, some are missing and none may be used."""

    sources: Mapping[str, Source]
    features: Mapping[str, Feature]
    sets: Mapping[str, FeatureSet]
    errors: Sequence[DefinitionError]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A feature file being resolved: its spec, and how its value is calculated as far as that is known."""

    spec: FeatureSpec
    errors: FileErrors
    value: AggregatedFeature | Derived | None


def resolve(parsed: ParsedDefinitions, *, whole: bool = True) -> ResolvedDefinitions:
    """Resolves the definitions of a folder, and every error in them.

    >>> from pathlib import Path
    >>> from dataflows.definitions.reading.folder import parse_folder
    >>> resolve(parse_folder(Path("feature_specs"))).features["user_spend_1h"].hop_ms
    60000
    """
    errors = [*parsed.errors, *parsed.sources.errors, *parsed.features.errors, *parsed.sets.errors]
    sources = _sources(parsed.sources, errors)
    check_project(parsed, errors, whole=whole)
    catalog = SpecCatalog(parsed, whole=whole)
    features = _features(parsed, catalog, errors)
    return ResolvedDefinitions(sources, features, _sets(parsed.sets, features, catalog, errors), errors)


def _sources(files: ParsedFiles[SourceSpec], errors: Errors) -> dict[str, Source]:
    for draft in files.drafts:
        resolve_source(draft.parsed, FileErrors(draft.parsed, errors, draft.is_certain))
    sources = [resolve_source(file, FileErrors(file, errors)) for file in files.whole]
    return {source.name: source for source in sorted(sources, key=lambda source: source.name)}


def _features(parsed: ParsedDefinitions, catalog: SpecCatalog, errors: Errors) -> dict[str, Feature]:
    entries = [_entry(file.spec, FileErrors(file, errors), catalog) for file in parsed.features.whole]
    drafts = [
        _entry(draft.parsed.spec, FileErrors(draft.parsed, errors, draft.is_certain), catalog)
        for draft in parsed.features.drafts
    ]
    by_name = {entry.spec.name: entry for entry in entries}
    dependencies = _dependencies(by_name)
    cases = {entry.spec.name: _cases(entry, dependencies, catalog) for entry in [*drafts, *entries]}
    return _built(by_name, cases, _order(dependencies, by_name))


def _entry(spec: FeatureSpec, errors: FileErrors, catalog: SpecCatalog) -> _Entry:
    return _Entry(spec, errors, resolve_feature(spec, catalog, errors))


def _dependencies(entries: Mapping[str, _Entry]) -> Dependencies:
    reads = {name: entry.value.reads for name, entry in entries.items() if isinstance(entry.value, Derived)}
    folded = {name: entry.spec.source for name, entry in entries.items() if entry.spec.expression is None}
    return Dependencies(reads, {name: source for name, source in folded.items() if source is not None})


def _cases(entry: _Entry, dependencies: Dependencies, catalog: SpecCatalog) -> tuple[Case, ...]:
    """Resolves the cases of a feature if at least one of its sources is known."""
    names = dependencies.sources_of(entry.spec.name)
    sources = [catalog.sources[name] for name in names if name in catalog.sources]
    return resolve_cases(entry.spec, sources, entry.errors) if sources else ()


def _order(dependencies: Dependencies, entries: Mapping[str, _Entry]) -> tuple[str, ...]:
    """Returns the derived features, each after those it reads; none if they need each other."""
    try:
        return dependencies.order()
    except CycleError as error:
        names: list[str] = error.args[1]
        entries[names[0]].errors.add(("expression",), "no circular reference", " needs ".join(reversed(names)))
        return ()


def _built(
    entries: Mapping[str, _Entry], cases: Mapping[str, tuple[Case, ...]], order: Iterable[str]
) -> dict[str, Feature]:
    """Builds the features whose parts are all resolved, by name."""
    features: dict[str, Feature] = {}
    for name, entry in entries.items():
        if isinstance(entry.value, AggregatedFeature):
            features[name] = aggregated_feature(entry.spec, entry.value, cases[name])
    for name in order:
        value = entries[name].value
        if isinstance(value, Derived) and value.kind and features.keys() >= set(value.reads):
            inputs = {read: features[read].fingerprint for read in value.reads}
            features[name] = derived_feature(entries[name].spec, value.kind, inputs, cases[name])
    return dict(sorted(features.items()))


def _sets(
    files: ParsedFiles[FeatureSetSpec], features: Mapping[str, Feature], catalog: SpecCatalog, errors: Errors
) -> dict[str, FeatureSet]:
    """Builds the feature sets whose features are all resolved, by name."""
    for draft in files.drafts:
        check_feature_set(draft.parsed.spec, catalog, FileErrors(draft.parsed, errors, draft.is_certain))
    for file in files.whole:
        check_feature_set(file.spec, catalog, FileErrors(file, errors))
    known = [file.spec for file in files.whole if features.keys() >= set(file.spec.features)]
    sets = [feature_set_of(spec, (features[name] for name in spec.features)) for spec in known]
    return {
        feature_set.set_name: feature_set for feature_set in sorted(sets, key=lambda feature_set: feature_set.set_name)
    }
