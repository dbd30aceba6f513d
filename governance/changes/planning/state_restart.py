"""Determines which state a change restarts, and for how long its values are incomplete."""

from collections.abc import Iterable, Iterator

import msgspec

from dataflows.definitions import Definitions, Feature
from governance.changes.planning.change import Change
from governance.changes.planning.promotion import renamed_versions


class StateRestart(msgspec.Struct, frozen=True, kw_only=True):
    """A feature whose state starts over, or begins if it is `new`.

    `warm_up_ms` is None for lifetime, which only a replay completes.
    """

    feature: str
    warm_up_ms: int | None
    new: bool = False


def prices(changes: Iterable[Change], before: Definitions, after: Definitions) -> Iterator[StateRestart]:
    """Yields the aggregated features whose state starts over, by name. Derived ones keep no state."""
    old = {feature.feature_name: feature.fingerprint for feature in before.features}
    renamed = set(renamed_versions(before, after).values())
    changed = {change.name for change in changes if change.subject == "feature" and change.action != "remove"}
    for feature in after.features:
        starts_over = old.get(feature.feature_name) != feature.fingerprint and feature.feature_name not in renamed
        if feature.feature_name in changed and starts_over and feature.expression is None:
            new = feature.feature_name not in old
            yield StateRestart(feature=feature.feature_name, warm_up_ms=_warm_up_ms(feature), new=new)


def _warm_up_ms(feature: Feature) -> int | None:
    """Returns the warm-up as the windows count it: a window and a hop."""
    return feature.window_ms + feature.hop_ms if feature.window_ms else None
