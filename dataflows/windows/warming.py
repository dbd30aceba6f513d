"""Tells how much of its window the state of a feature has seen, by event time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dataflows.definitions import Feature
from dataflows.kernels.offsets import NEVER


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A feature counts since `since_ms`; its rows cover a whole window from `whole_ms` on (event time).

    A lifetime feature has no window end and is never whole.
    """

    since_ms: int
    whole_ms: int


def warm_up_of(feature: Feature, since: int) -> WarmUp:
    """Computes the warm-up of a feature that counts since a time (ms)."""
    lifetime = feature.window_ms == 0
    return WarmUp(since, NEVER if lifetime else since + feature.window_ms + feature.hop_ms)


def warm_ups(features: Iterable[Feature], since: Mapping[str, int]) -> dict[str, WarmUp]:
    """Returns the warm-up of each feature, by name, that did not count from the start (`since` 0)."""
    return {f.feature_name: warm_up_of(f, since[f.feature_name]) for f in features if since[f.feature_name]}


def last_of(warm_ups: Iterable[WarmUp]) -> WarmUp:
    """Combines warm-ups for a value made of several features: it is whole when all of them are.

    >>> last_of([WarmUp(1, 90), WarmUp(5, 10)])
    WarmUp(since_ms=5, whole_ms=90)
    """
    together = tuple(warm_ups)
    return WarmUp(max(warm_up.since_ms for warm_up in together), max(warm_up.whole_ms for warm_up in together))
