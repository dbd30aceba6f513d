"""Enforces versions: a change of value or contract raises the version, and a version never falls."""

from collections.abc import Iterable, Iterator

from dataflows.definitions import Definitions
from governance.changes.planning.change import Change
from governance.changes.planning.comparison import compare


def check_versions(changes: Iterable[Change], before: Definitions, after: Definitions) -> Iterator[Change]:
    """Yields the changes, with a problem for those that break the rule; changes that follow from others need no new
    version."""
    old, new = _versions(before), _versions(after)
    for change in changes:
        key = change.subject, change.name
        if change.action != "change" or key not in old:
            yield change
        elif new[key] < old[key]:
            yield change.refused(f"version {new[key]} is lower than the registered {old[key]}; raise it")
        elif new[key] == old[key] and _must_rise(change):
            grave = " and ".join(category for category in change.own if category in ("contract", "value"))
            way_out = f"set `version: {old[key] + 1}`"
            yield change.refused(f"a change of {grave} needs a new version; {way_out}")
        else:
            yield change


def risen_versions(before: Definitions, after: Definitions) -> dict[str, int]:
    """Returns the version that each feature and set needs whose own is too low, by name."""
    old, new = _versions(before), _versions(after)
    least = {
        (change.subject, change.name): old[change.subject, change.name]
        + (_must_rise(change) and not _is_of_version_alone(change))
        for change in compare(before, after)
        if (change.subject, change.name) in old.keys() & new.keys()
    }
    return {name: version for (subject, name), version in least.items() if new[subject, name] < version}


def _must_rise(change: Change) -> bool:
    return bool({"contract", "value"} & {*change.own})


def _is_of_version_alone(change: Change) -> bool:
    return all(field.name == "version" for field in change.fields)


def _versions(definitions: Definitions) -> dict[tuple[str, str], int]:
    """Returns the versions; sources have none."""
    features = {("feature", feature.feature_name): feature.version for feature in definitions.features}
    return features | {("set", name): feature_set.version for name, feature_set in definitions.sets.items()}
