"""Suggests tests of a feature from real events of one entity."""

from governance.authoring.suggestions.choice import NoMatchingEvent
from governance.authoring.suggestions.entity_events import EntityEvents, RealEvent
from governance.authoring.suggestions.hashed_ids import HashedIds
from governance.authoring.suggestions.suggestion import NOTE, suggested_case

__all__ = ["NOTE", "EntityEvents", "HashedIds", "NoMatchingEvent", "RealEvent", "suggested_case"]
