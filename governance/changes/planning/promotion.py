"""Finds versions that are promoted or demoted: they continue under another name, with state and values."""

from collections.abc import Iterable, Iterator, Mapping

from dataflows.definitions import Definitions, bare_name
from governance.changes.planning.change import Change


def renamed_versions(before: Definitions, after: Definitions) -> Mapping[str, str]:
    """Maps renamed versions from the name on record to the new one: `spend@2` -> `spend` when it is promoted.

    The fingerprint identifies a version, as it does for the state.
    """
    old = {(bare_name(feature.feature_name), feature.fingerprint): feature.feature_name for feature in before.features}
    new = {(bare_name(feature.feature_name), feature.fingerprint): feature.feature_name for feature in after.features}
    return {old[key]: new[key] for key in old.keys() & new.keys() if old[key] != new[key]}


def note_promotions(changes: Iterable[Change], before: Definitions, after: Definitions) -> Iterator[Change]:
    """Yields the changes, with a note on those that rename a version."""
    renamed = renamed_versions(before, after)
    came = {new: old for old, new in renamed.items()}
    versions = {feature.feature_name: feature.version for feature in after.features}
    for change in changes:
        if change.subject != "feature":
            yield change
            continue
        notes = []
        if change.name in came and change.action == "change":
            note = f"readers of {change.name} now get the values of version {versions[change.name]}"
            notes.append(f"it replaces {came[change.name]}: {note}, and its state continues")
        elif change.name in came:
            notes.append(f"it was {came[change.name]}, and its state continues")
        if change.name in renamed and change.action == "remove":
            notes.append(f"it continues as {renamed[change.name]}")
        yield change.with_notes(*notes)
