"""Computes since when each entity type has all events of its topics: until then a shard that begins empty warms up."""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from dataflows.definitions import Definitions, Source
from dataflows.runtime.recovery.resumption import Resumption

log = logging.getLogger(__name__)

OldestLeft = Callable[[str], int | None]
"""Returns since when (ms) a topic is complete; None if it lacks nothing."""
START = 0


def histories(
    definitions: Definitions, resumption: Resumption, begun: int, earliest: bool, oldest_left: OldestLeft
) -> dict[str, int]:
    """Returns since when (ms) each entity type has all its events, for types that lack some.

    Only a new reader that begins at the `earliest` message reads the whole history of a topic; one that continues, or
    begins at the latest message, gives events from `begun` on.
    """
    since = {
        name: begun if not earliest or resumption.goes_on(f"read_{name}") else _start(source, oldest_left)
        for name, source in definitions.sources.items()
        if any(feature.source == name for feature in definitions.features)
    }
    starts = {entity: max(since[name] for name in _sources(definitions, entity)) for entity in definitions.entity_ids}
    return {entity: start for entity, start in starts.items() if start != START}


def _start(source: Source, oldest_left: OldestLeft) -> int:
    oldest = oldest_left(source.topic)
    if oldest is None:
        return START
    log.warning(
        "source %s: the first messages of %s seem to be gone, the oldest left is from %s; features that reach further "
        "back are marked as warming up until their window has passed, lifetime features permanently",
        source.name,
        source.topic,
        datetime.fromtimestamp(oldest / 1000, UTC).isoformat(timespec="seconds"),
    )
    return oldest


def _sources(definitions: Definitions, entity_id: str) -> Iterable[str]:
    return {feature.source for feature in definitions.of_entity(entity_id) if feature.source}
