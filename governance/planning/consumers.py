"""Who reads a feature: the consumers of the sets that name it, and others that were seen."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from dataflows.definitions import Definitions
from governance.planning.change import Change


class FeatureConsumer(msgspec.Struct, frozen=True, order=True):
    """Who reads a feature, how it is known, and how certain that is.

    It is `declared` in a feature set, was `seen` to read, or is `possible`: it reads a topic that holds the feature.
    The owner is empty where nobody has said it.
    """

    feature: str
    name: str
    owner: str
    by: str
    certainty: Literal["declared", "seen", "possible"] = "declared"


def consumers(definitions: Definitions) -> tuple[FeatureConsumer, ...]:
    """The declared consumers of all features, by feature."""
    sets = definitions.sets.values()
    return tuple(
        sorted(
            FeatureConsumer(name, consumer.name, consumer.owner, f"declared in set {feature_set.set_name}")
            for feature_set in sets
            for consumer in feature_set.consumers
            for name in feature_set.names
        )
    )


def check_consumers(changes: Iterable[Change], before: Definitions) -> Iterator[Change]:
    """The changes, those that take a feature away from somebody who reads it with a problem."""
    known = consumers(before)
    for change in changes:
        named = sorted({consumer.name for consumer in known if consumer.feature == change.name})
        if change.subject == "feature" and named and _takes_away(change):
            yield change.refused(
                f"{', '.join(named)} {'reads' if len(named) == 1 else 'read'} it; "
                "first take it from the sets of these consumers, in a change of its own"
            )
        else:
            yield change


def _takes_away(change: Change) -> bool:
    return change.action == "remove"
