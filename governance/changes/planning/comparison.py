"""Compares two sets of definitions, including changes that follow from others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dataflows.definitions import Definitions, Feature, FeatureSet
from governance.changes.planning.change import Action, Category, Change, FieldChange, Subject, ordered

_FEATURE: dict[str, Category] = {
    "value_type": "contract",
    "entity_id": "contract",
    "topic_name": "contract",
    "version": "value",
    "source": "value",
    "filter": "value",
    "value": "value",
    "aggregation": "value",
    "window_ms": "value",
    "hop_ms": "value",
    "options": "value",
    "expression": "value",
    "validation_rules": "quality",
    "baseline_profile": "quality",
    "owner": "metadata",
    "description": "metadata",
    "tags": "metadata",
    "runbook": "metadata",
    "deprecated": "metadata",
    "protected": "metadata",
}
_SOURCE: dict[str, Category] = {
    "topic": "contract",
    "format": "contract",
    "columns": "contract",
    "required": "contract",
    "event_time": "contract",
    "entities": "contract",
    "unknown_fields": "contract",
    "max_future_ms": "contract",
    "silent_after_ms": "quality",
    "description": "metadata",
    "runbook": "metadata",
}
_SET: dict[str, Category] = {
    "names": "contract",
    "version": "contract",
    "reference": "quality",
    "owner": "metadata",
    "description": "metadata",
    "tags": "metadata",
    "consumers": "metadata",
    "deprecated": "metadata",
    "protected": "metadata",
}
_SHOWN = {
    "names": "features",
    "window_ms": "window (ms)",
    "hop_ms": "hop (ms)",
    "max_future_ms": "max_future (ms)",
    "silent_after_ms": "silent_after (ms)",
}


def compare(before: Definitions, after: Definitions) -> tuple[Change, ...]:
    """Returns all changes: of sources, then of features, then of sets, each by name."""
    sources = tuple(_changes("source", before.sources, after.sources, _SOURCE))
    features = tuple(_of_features(before, after, {change.name for change in sources}))
    moved = {change.name: change for change in features if {"contract", "value"} & {*change.categories}}
    return (*sources, *features, *_of_sets(before, after, moved))


def _of_features(before: Definitions, after: Definitions, sources: set[str]) -> Iterator[Change]:
    old, new = _by_name(before.features), _by_name(after.features)
    own = {change.name: change for change in _changes("feature", old, new, _FEATURE)}
    moved = {name for name in old.keys() & new.keys() if old[name].fingerprint != new[name].fingerprint}
    for name in sorted(own.keys() | moved):
        through = tuple(sorted(_causes(new[name], moved | own.keys(), sources))) if name in moved else ()
        yield _with_fingerprint(own.get(name), new.get(name) or old[name], through, moved=name in moved)


def _causes(feature: Feature, moved: Iterable[str], sources: set[str]) -> set[str]:
    """Returns the changed inputs of a feature."""
    return {*feature.reads} & {*moved} | ({feature.source} & sources if feature.source else set())


def _with_fingerprint(own: Change | None, feature: Feature, through: tuple[str, ...], *, moved: bool) -> Change:
    """Combines a feature's own change with whether its values move: the fingerprint decides, not the key."""
    written = {*own.categories} if own else set[Category]()
    if not moved and own is not None and own.action == "change":
        written.discard("value")
    return Change(
        subject="feature",
        name=feature.feature_name,
        action=own.action if own else "change",
        owner=feature.owner,
        categories=ordered({*written, "value"} if moved else written) or ("metadata",),
        own=ordered(written),
        fields=own.fields if own else (),
        through=through,
    )


def _of_sets(before: Definitions, after: Definitions, moved: Mapping[str, Change]) -> Iterator[Change]:
    """Yields sets whose file differs, and sets with a feature whose values or contract differ."""
    own = {change.name: change for change in _changes("set", before.sets, after.sets, _SET)}
    for name in sorted(own.keys() | after.sets.keys()):
        through = tuple(sorted(moved.keys() & {*after.sets[name].names})) if name in after.sets else ()
        if name in own or through:
            yield _of_set(own.get(name), name, after.sets.get(name) or before.sets[name], through, moved)


def _of_set(
    own: Change | None, name: str, feature_set: FeatureSet, through: tuple[str, ...], moved: Mapping[str, Change]
) -> Change:
    inherited = {category for cause in through for category in moved[cause].categories}
    categories = ({*own.categories} if own else set()) | (inherited & {"contract", "value"})
    return Change(
        subject="set",
        name=name,
        action=own.action if own else "change",
        owner=feature_set.owner,
        categories=ordered(categories),
        own=own.own if own else (),
        fields=own.fields if own else (),
        through=through,
    )


def _changes(
    subject: Subject, before: Mapping[str, Any], after: Mapping[str, Any], keys: Mapping[str, Category]
) -> Iterator[Change]:
    """Yields what was added, removed or changed."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        differing = [key for key in keys if getattr(old, key, None) != getattr(new, key, None)]
        if old is None or new is None:
            action: Action = "add" if old is None else "remove"
            yield _change(subject, name, action, _owner(old if new is None else new), ("contract",))
        elif differing:
            fields = tuple(FieldChange(_SHOWN.get(key, key), _plain(old, key), _plain(new, key)) for key in differing)
            yield _change(subject, name, "change", _owner(new), ordered({keys[key] for key in differing}), fields)


def _change(
    subject: Subject,
    name: str,
    action: Action,
    owner: str,
    categories: tuple[Category, ...],
    fields: tuple[FieldChange, ...] = (),
) -> Change:
    return Change(
        subject=subject, name=name, action=action, owner=owner, categories=categories, own=categories, fields=fields
    )


def _owner(definition: Any) -> str:
    """Returns the owner; empty for sources."""
    return str(getattr(definition, "owner", ""))


def _plain(definition: Any, key: str) -> object:
    """Returns the value of a key as JSON."""
    return definition.model_dump(mode="json").get(key, getattr(definition, key))


def _by_name(features: Iterable[Feature]) -> dict[str, Feature]:
    return {feature.feature_name: feature for feature in features}
