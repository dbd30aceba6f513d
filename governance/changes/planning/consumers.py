"""Finds the readers of a feature: the consumers of its sets, and other observed ones."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

import msgspec

from dataflows.definitions import Definitions
from governance.changes.planning.change import Change
from governance.changes.planning.promotion import renamed_versions


class FeatureConsumer(msgspec.Struct, frozen=True, order=True):
    """A reader of a feature, how it is known, and how certain that is.

    It is `declared` in a feature set, was `seen` reading, or is `possible`: it reads a topic that holds the feature.
    The owner is empty if unknown.
    """

    feature: str
    name: str
    owner: str
    by: str
    certainty: Literal["declared", "seen", "possible"] = "declared"


_WAY_OUT = {"feature": "take it from the sets of these consumers", "set": "take these consumers from it"}


def consumers(definitions: Definitions) -> tuple[FeatureConsumer, ...]:
    """Returns the declared consumers of all features, by feature."""
    sets = definitions.sets.values()
    return tuple(
        sorted(
            FeatureConsumer(name, consumer.name, consumer.owner, f"declared in set {feature_set.set_name}")
            for feature_set in sets
            for consumer in feature_set.consumers
            for name in feature_set.names
        )
    )


def check_consumers(changes: Iterable[Change], before: Definitions, after: Definitions) -> Iterator[Change]:
    """Yields the changes, with a problem for those that remove a feature or set that has readers.

    A renamed version is not taken from a set that uses its new name.
    """
    known = consumers(_followed(before, after))
    for change in changes:
        named = _readers(change, known, before) if change.action == "remove" else []
        if named:
            reads = f"{', '.join(named)} {'reads' if len(named) == 1 else 'read'} it"
            yield change.refused(f"{reads}; first {_WAY_OUT[change.subject]}, in a change of its own")
        else:
            yield change


def _followed(before: Definitions, after: Definitions) -> Definitions:
    """Returns the definitions on record, with sets without the versions that they rename."""
    renamed, sets = renamed_versions(before, after), dict(before.sets)
    for name in sets.keys() & after.sets.keys():
        lost = {old for old, new in renamed.items() if new in after.sets[name].names}
        left = tuple(feature for feature in sets[name].features if feature.feature_name not in lost)
        sets[name] = sets[name].model_copy(update={"features": left})
    return replace(before, sets=sets)


def _readers(change: Change, known: Iterable[FeatureConsumer], before: Definitions) -> list[str]:
    """Returns the consumers affected by a change. A source is removed only with the features that fold it."""
    if change.subject == "feature":
        return sorted({consumer.name for consumer in known if consumer.feature == change.name})
    return sorted(consumer.name for consumer in before.sets[change.name].consumers) if change.subject == "set" else []
