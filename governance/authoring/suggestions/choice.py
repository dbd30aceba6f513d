"""Chooses a few of many events that make a test meaningful."""

from collections.abc import Sequence

from connectors.errors import HeadraceError
from dataflows.definitions import Feature
from governance.authoring.cases import moment
from governance.authoring.suggestions.entity_events import RealEvent

_COUNTED = 3
_MOST = 8


class NoMatchingEvent(HeadraceError):
    """No event of the entity counts for the value; the text says when one does."""


def time_of_interest(feature: Feature, events: Sequence[RealEvent]) -> int:
    """Returns the time just after the newest event that counts (ms). Raises NoMatchingEvent."""
    times = [event.time_ms for event in events if event.counts]
    if not times:
        raise NoMatchingEvent(_nothing(feature, events))
    return max(times) + 1


def chosen(feature: Feature, needed: Sequence[Feature], events: Sequence[RealEvent], at: int) -> list[RealEvent]:
    """Returns events that count, and if possible one that is filtered out and one that has left the window.

    They are in the order of time. Raises NoMatchingEvent.
    """
    begins = window_start(needed, at)
    past = sorted((event for event in events if event.time_ms < at), key=lambda event: event.time_ms)
    inside = [event for event in past if event.time_ms >= begins]
    counted = [event for event in inside if event.counts]
    if not counted:
        raise NoMatchingEvent(_nothing(feature, events))
    few = _newest_of_each_source(counted, _many(needed))
    filtered = [event for event in inside if not event.counts][-1:]
    expired = [event for event in past if event.counts and event.time_ms < begins][-1:]
    return sorted([*expired, *filtered, *few], key=lambda event: event.time_ms)


def window_start(needed: Sequence[Feature], at: int) -> int:
    """Returns since when (ms) an event can count at a time: by the longest window."""
    folded = [feature for feature in needed if feature.expression is None]
    if any(not feature.window_ms for feature in folded):
        return 0
    return min((at - feature.window_ms) // feature.hop_ms * feature.hop_ms for feature in folded)


def _many(needed: Sequence[Feature]) -> int:
    """Returns one more than a list of the newest holds, so that one is left out."""
    longest = max(int(feature.options.get("k", 0)) for feature in needed)
    return min(_MOST, max(_COUNTED, longest + 1))


def _newest_of_each_source(counted: Sequence[RealEvent], count: int) -> list[RealEvent]:
    sources = dict.fromkeys(event.source for event in counted)
    return [
        event
        for source in sources
        for event in [candidate for candidate in counted if candidate.source == source][-count:]
    ]


def _nothing(feature: Feature, events: Sequence[RealEvent]) -> str:
    name, counted = feature.feature_name, [event.time_ms for event in events if event.counts]
    if not events:
        return f"the entity has no event for {name}; hint: check --entity and --at"
    if not counted:
        return (
            f"none of the {len(events):,} events of the entity counts for {name}: filter or value exclude all of them"
        )
    return f"no event of the entity is in the window of {name} at this time; hint: --at {moment(max(counted) + 1)}"
