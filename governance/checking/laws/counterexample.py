"""Formats a counterexample of a law as an entry of `tests:`."""

from typing import Any

from dataflows.definitions import Definitions, Feature
from governance.authoring.cases import listed, moment, written_event, written_value
from governance.checking.laws.law import BrokenLaw


def counterexample(feature: Feature, law: str, broken: BrokenLaw, definitions: Definitions) -> dict[str, Any]:
    """Returns an entry to paste: its events, in order, must yield the value that the law requires."""
    known = definitions.sources
    events = [(event.source, written_event(event.event, known[event.source], event.time_ms)) for event in broken.events]
    first = broken.events[0]
    entity = first.event[known[first.source].entities[feature.entity_id]]
    return {
        "name": f"law: {law}",
        "events": listed(events, definitions.sources_of(feature.feature_name)),
        "at": moment(broken.at),
        "expect": {str(entity): written_value(broken.expected)},
    }
