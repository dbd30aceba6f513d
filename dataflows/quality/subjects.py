"""Derives the subjects of reports from the definitions: their metadata, rules and limits."""

from msgspec import structs

from dataflows.definitions import Definitions, Feature, Source, UniqueRatio
from dataflows.rows import identity_of, words_of
from reports.alerting import JudgedRule
from reports.profiling import Profile, kind_of
from reports.records import Subject


def subject_of(feature: Feature, definitions: Definitions) -> Subject:
    """Builds the part of a feature's definition that its reports contain."""
    return structs.replace(
        _described(feature, definitions.sources.get(feature.source or "")),
        filter=feature.filter or "",
        value=feature.value or "",
        expression=feature.expression or "",
        aggregation=feature.aggregation or "",
        window_ms=longest_window(feature, definitions),
        hop_ms=feature.hop_ms,
    )


def _described(feature: Feature, source: Source | None) -> Subject:
    """What a feature is and between which topics it lies; not yet how it is computed."""
    return Subject(
        feature=feature.feature_name,
        version=feature.version,
        fingerprint=feature.fingerprint,
        entity_type=feature.entity_type,
        value_type=feature.value_type,
        owner=feature.owner,
        description=feature.description,
        tags=feature.tags,
        source=feature.source or "",
        reads=feature.reads,
        raw_topic=source.topic if source else "",
        feature_topic=feature.topic_name,
        baseline=dict(feature.baseline_profile),
        runbook=feature.runbook or "",
    )


def empty_profile(feature: Feature) -> Profile:
    """Creates an empty profile of a feature's values."""
    return Profile(kind_of(feature.value_type), len(feature.validation_rules))


def longest_window(feature: Feature, definitions: Definitions) -> int:
    """Returns the longest window of a feature (ms), or of its inputs if it is derived; 0 is unbounded."""
    if feature.expression is None:
        return feature.window_ms
    by_name = {other.feature_name: other for other in definitions.features}
    windows = [longest_window(by_name[name], definitions) for name in feature.reads]
    return 0 if 0 in windows else max(windows, default=0)


def judged_rules(feature: Feature) -> tuple[JudgedRule, ...]:
    """Returns the rules of a feature, in the order of its definition."""
    return tuple(
        JudgedRule(
            words_of(rule), rule.on_violation, rule.min if isinstance(rule, UniqueRatio) else None, identity_of(rule)
        )
        for rule in feature.validation_rules
    )
