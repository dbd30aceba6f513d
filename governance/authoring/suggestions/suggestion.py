"""Turns real events into an entry of `tests:`, whose expected value the kernels of a live run compute."""

from collections.abc import Mapping, Sequence
from typing import Any

from dataflows.definition_tests import EMPTY, same, value_at, with_needs
from dataflows.definitions import EXACT, Case, Definitions, Feature, parse_moment
from governance.authoring.cases import listed, moment, written_value
from governance.authoring.suggestions.choice import chosen, time_of_interest, window_start
from governance.authoring.suggestions.entity_events import RealEvent
from governance.authoring.suggestions.hashed_ids import HashedIds

NOTE = "suggested from real events; check it before you rely on it"
_CONTRAST = 2
"""Least number of counting events: a single one shows little of the fold."""


def suggested_case(
    feature: Feature,
    definitions: Definitions,
    events: Sequence[RealEvent],
    entity: str,
    at: int | None = None,
    hashed: HashedIds | None = None,
) -> dict[str, Any]:
    """Returns an entry with a few of the events, and the entity's value at a time (ms; default: after the newest that
    counts).

    Raises NoMatchingEvent.
    """
    at = time_of_interest(feature, events) if at is None else at
    needed = with_needs(feature, definitions)
    few = chosen(feature, needed, events, at)
    if hashed is not None:
        few = [hashed.of_event(event) for event in few]
        entity = _entity_of(few[0], feature, definitions)
    few = _shrunk(feature, definitions, few, entity, at, window_start(needed, at))
    expected = _value(feature, definitions, few, entity, at)
    return {
        "name": f"real events until {moment(at)}",
        "events": listed([(event.source, event.event) for event in few], definitions.sources_of(feature.feature_name)),
        "at": moment(at),
        "expect": {entity: written_value(expected)},
    }


def _entity_of(event: RealEvent, feature: Feature, definitions: Definitions) -> str:
    return str(event.event[definitions.sources[event.source].entities[feature.entity_id]])


def _shrunk(
    feature: Feature, definitions: Definitions, few: Sequence[RealEvent], entity: str, at: int, begins: int
) -> list[RealEvent]:
    """Removes counting events in the window that make no difference, the oldest first."""
    smallest, whole = list(few), _value(feature, definitions, few, entity, at)
    for event in few:
        fewer = [candidate for candidate in smallest if candidate is not event]
        alike = [
            candidate
            for candidate in fewer
            if candidate.counts and candidate.source == event.source and candidate.time_ms >= begins
        ]
        if (
            event.counts
            and event.time_ms >= begins
            and len(alike) >= _CONTRAST
            and same(whole, _value(feature, definitions, fewer, entity, at), EXACT)
        ):
            smallest = fewer
    return smallest


def _value(feature: Feature, definitions: Definitions, few: Sequence[RealEvent], entity: str, at: int) -> Any:
    case = Case(name="", events=tuple((event.source, _raw(event, definitions)) for event in few), at=at, expect={})
    return value_at(feature, case, definitions).get(entity, EMPTY.get(str(feature.aggregation)))


def _raw(event: RealEvent, definitions: Definitions) -> Mapping[str, Any]:
    """Returns the event with its time in the source's format."""
    time = definitions.sources[event.source].event_time
    written = event.event[time.column]
    if time.unit == "iso" or not isinstance(written, str):
        return event.event
    ms = parse_moment(written) or 0
    return {
        **event.event,
        time.column: {"s": ms / 1000 if ms % 1000 else ms // 1000, "us": ms * 1000}.get(time.unit, ms),
    }
