"""Reads from the heartbeat in Redis whether the dataflow is running."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import redis

from connectors.redis import Troubles, full, heartbeat_key, troubles_in, troubles_key
from reports.moments import clock


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The state of the dataflow by its oldest heartbeat.

    `wall_ms` is the time of the last heartbeat, None if there never was one; `published_ms` the newest publish time
    of an event read, by entity type, or None. `now_ms` is the clock of Redis, which also stamps the heartbeats.
    `troubles` are the problems with topics and Redis that the run reports.
    """

    wall_ms: int | None
    published_ms: Mapping[str, int | None]
    now_ms: int
    standstill_ms: int
    troubles: Troubles = field(default_factory=Troubles)

    @property
    def alive(self) -> bool | None:
        """Returns whether the dataflow is running; None if it never sent a heartbeat."""
        return None if self.wall_ms is None else self.now_ms - self.wall_ms <= self.standstill_ms

    @property
    def behind_ms(self) -> int | None:
        """Returns the age of the last heartbeat (ms)."""
        return None if self.wall_ms is None else max(0, self.now_ms - self.wall_ms)

    @property
    def standing(self) -> str:
        """Returns a warning while the dataflow is stalled, else an empty text."""
        if self.alive is not False or self.wall_ms is None:
            return ""
        return f"The pipeline has been stalled since {clock(self.wall_ms, self.now_ms)}: all values are as of then."

    @property
    def stalled_ms(self) -> int | None:
        """Returns since when the dataflow is stalled; None while it runs."""
        return self.wall_ms if self.alive is False else None

    def as_dict(self) -> dict[str, Any]:
        """Describes the pipeline for the API."""
        behind = None if self.behind_ms is None else self.behind_ms / 1000
        return {
            "alive": self.alive,
            "behind_seconds": behind,
            "last_beat": self.wall_ms,
            "newest_published": dict(self.published_ms),
            "troubles": self.troubles.all,
        }


def read_pipeline(client: redis.Redis, prefix: str, entity_types: Sequence[str], standstill_s: int) -> Pipeline:
    """Reads the heartbeats of these entity types in one round trip. Raises redis.RedisError."""
    with client.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.get(troubles_key(prefix))
        for entity_type in entity_types:
            pipeline.hmget(heartbeat_key(prefix, entity_type), ["wall_ms", "published_ms"])
        clock, noted, *heartbeats = pipeline.execute(raise_on_error=False)
    if isinstance(clock, Exception):
        raise clock
    seconds, microseconds = clock
    beats = {entities: _pair(answer) for entities, answer in zip(entity_types, heartbeats, strict=True)}
    walls = [wall for wall, _ in beats.values() if wall is not None]
    published = {entities: newest or None for entities, (_, newest) in beats.items()}
    now_ms = int(seconds) * 1000 + int(microseconds) // 1000
    state = Pipeline(min(walls, default=None), published, now_ms, standstill_s * 1000, troubles_in(noted))
    if state.alive is False and (no_room := full(client)):  # a full Redis cannot store the run's own report
        return replace(state, troubles=Troubles(state.troubles.topics, no_room))
    return state


def _pair(answer: Any) -> tuple[int | None, int | None]:
    """Returns wall and publish time; None for a missing or invalid number."""
    if isinstance(answer, redis.ResponseError) or not answer:
        return None, None
    wall, published = map(_number, answer)
    return wall, published


def _number(text: bytes | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) <= 18 else None
