"""Replaces entity ids consistently, with a salt that is not stored."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from hashlib import blake2b
from typing import Any

from dataflows.definitions import Source
from governance.authoring.suggestions.entity_events import RealEvent

_INT = 10**9


@dataclass(frozen=True)
class HashedIds:
    """Replaces the ids of all entities of the sources."""

    sources: Mapping[str, Source]
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def of_event(self, event: RealEvent) -> RealEvent:
        """Returns the event with other ids."""
        columns = set(self.sources[event.source].entities.values())
        own = {name: self.of_id(value) if name in columns else value for name, value in event.event.items()}
        return replaced(event, event=own)

    def of_id(self, value: Any) -> Any:
        """Returns the replacement of an id, of the same type; an id and its text have one digest."""
        digest = blake2b(str(value).encode(), key=self.salt, digest_size=6).digest()
        return int.from_bytes(digest, "big") % _INT if isinstance(value, int) else f"id_{digest.hex()}"
