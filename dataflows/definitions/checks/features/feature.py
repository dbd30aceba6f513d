"""Checks a feature beyond the types of its fields, and resolves how its value is calculated."""

from dataflows.definitions.checks.catalog import SpecCatalog
from dataflows.definitions.checks.deprecation import check_deprecation
from dataflows.definitions.checks.features.aggregated import AggregatedFeature, doubted_keys, resolve_aggregated
from dataflows.definitions.checks.features.baseline import check_baseline
from dataflows.definitions.checks.features.derived import Derived, resolve_derived
from dataflows.definitions.checks.features.rules import check_rules
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.checks.reserved import check_name
from dataflows.definitions.model.feature import OPTION_NAMES, FeatureSpec
from dataflows.expectations import did_you_mean


def resolve_feature(spec: FeatureSpec, catalog: SpecCatalog, errors: FileErrors) -> AggregatedFeature | Derived | None:
    """Checks a feature except its cases, and resolves how its value is calculated."""
    _check_keys(spec, errors)
    check_name(spec, catalog, errors)
    if catalog.whole:
        check_deprecation(spec, catalog.features, catalog.unread_features, errors)
    check_baseline(spec, errors)
    check_rules(spec, errors)
    if spec.expression is not None:
        return resolve_derived(spec, spec.expression, catalog, errors)
    return _resolve_aggregated(spec, catalog, errors)


def _check_keys(spec: FeatureSpec, errors: FileErrors) -> None:
    known = {*FeatureSpec.model_fields, *OPTION_NAMES}
    for key in spec.extras:
        if key not in known:
            errors.add((key,), "a known key", did_you_mean(key, known))


def _resolve_aggregated(spec: FeatureSpec, catalog: SpecCatalog, errors: FileErrors) -> AggregatedFeature | None:
    """Resolves a feature against its source; if the source has mistakes, reports only those that do not follow from
    them."""
    name = spec.source or ""
    if spec.source is not None and name not in catalog.sources.keys() | catalog.unread_sources:
        hint = did_you_mean(name, catalog.sources)
        errors.add(("source",), f"a source instead of {name}", hint)
    source, draft = catalog.sources.get(name), catalog.source_drafts.get(name)
    if source is not None or draft is None:
        return resolve_aggregated(spec, source, errors)
    doubted = frozenset(doubted_keys(spec, draft))
    return resolve_aggregated(spec, draft.parsed.spec, errors.without(doubted))
