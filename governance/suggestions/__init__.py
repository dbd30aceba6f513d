"""Tests of a feature, suggested from real events of one entity."""

from governance.suggestions.choice import NothingCounts
from governance.suggestions.entity_events import EntityEvents, RealEvent
from governance.suggestions.hashed_ids import HashedIds
from governance.suggestions.suggestion import NOTE, suggested_case

__all__ = ["NOTE", "EntityEvents", "HashedIds", "NothingCounts", "RealEvent", "suggested_case"]
