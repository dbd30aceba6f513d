"""Writes a heartbeat per entity type to the online store, which tells a quiet entity type from a stalled pipeline.

A `Heartbeat` enters with the watch every two seconds, even without events, and passes through the flow to the sink of
the feature rows: it shows that the pipeline moves. `NewestPublishTime` tells which events have been read. Times of
heartbeats are those of Redis, so the clocks of several machines need not agree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import redis
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from connectors.redis.client import heartbeat_key
from connectors.redis.endpoints.hash_writes import HashWrites

EVERY_MS = 2_000


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Sent through the flow; `wall_ms` is the clock of Redis at that time."""

    wall_ms: int


@dataclass(frozen=True, slots=True)
class NewestPublishTime:
    """The newest publish time (ms) of the events of an entity type that some worker has read."""

    entity_type: str
    published_ms: int


def redis_ms(client: redis.Redis) -> int:
    """Returns the clock of Redis (ms). Raises redis.RedisError."""
    seconds, microseconds = client.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


class HeartbeatSource(FixedPartitionedSource[Any, Any]):
    """Wraps a watch so that its partition also beats. `clock` gives ms; while Redis does not answer there is no beat.

    Before the first beat `begin(client)` is called, repeatedly until Redis has answered; its items enter the flow.
    """

    def __init__(
        self,
        watch: FixedPartitionedSource[Any, Any],
        open_client: Callable[[], redis.Redis],
        clock: Callable[[], int],
        begin: Callable[[redis.Redis], Sequence[object]],
    ) -> None:
        self._watch, self._open, self._clock, self._begin = watch, open_client, clock, begin

    @override
    def list_parts(self) -> list[str]:
        return self._watch.list_parts()

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> "_BeatingPartition":
        watch = self._watch.build_part(step_id, for_part, resume_state)
        return _BeatingPartition(watch, self._open(), self._clock, self._begin)


class _BeatingPartition(StatefulSourcePartition[Any, Any]):
    def __init__(
        self,
        watch: StatefulSourcePartition[Any, Any],
        client: redis.Redis,
        clock: Callable[[], int],
        begin: Callable[[redis.Redis], Sequence[object]],
    ) -> None:
        self._watch, self._client, self._clock, self._begin = watch, client, clock, begin
        self._beaten_ms, self._begun = 0, False

    def next_batch(self) -> list[Any]:
        signals = list(self._watch.next_batch())
        if 0 <= (now := self._clock()) - self._beaten_ms < EVERY_MS:
            return signals
        self._beaten_ms = now
        return [*signals, *self._beat()]

    def next_awake(self) -> Any:
        return self._watch.next_awake()

    def snapshot(self) -> Any:
        return self._watch.snapshot()

    def close(self) -> None:
        self._watch.close()

    def _beat(self) -> list[Any]:
        try:
            begun = [] if self._begun else self._begin(self._client)
            beat = Heartbeat(redis_ms(self._client))
        except redis.RedisError:  # the sinks log that it is unavailable
            return []
        self._begun = True
        return [*begun, beat]


class HeartbeatSink(FixedPartitionedSink[Any, Any]):
    """A sink of feature rows that also accepts beats, and writes them as hashes of every entity type."""

    def __init__(self, rows: FixedPartitionedSink[HashWrites, Any], prefix: str, entity_types: Sequence[str]) -> None:
        self._rows, self._prefix, self._types = rows, prefix, tuple(entity_types)

    @override
    def list_parts(self) -> list[str]:
        return self._rows.list_parts()

    @override
    def part_fn(self, item_key: str) -> int:
        return self._rows.part_fn(item_key)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> "_HeartbeatPartition":
        return _HeartbeatPartition(
            self._rows.build_part(step_id, for_part, resume_state), NewestPublishTimes(self._prefix, self._types)
        )


class _HeartbeatPartition(StatefulSinkPartition[Any, Any]):
    def __init__(self, rows: StatefulSinkPartition[HashWrites, Any], hearts: "NewestPublishTimes") -> None:
        self._rows, self._hearts = rows, hearts

    def write_batch(self, values: list[Any]) -> None:
        written = [beat for value in values if (beat := self._hearts.of(value)) is not None]
        if written:
            self._rows.write_batch(written)

    def snapshot(self) -> Any:
        return self._rows.snapshot()

    def close(self) -> None:
        self._rows.close()


class NewestPublishTimes:
    """The newest publish time that was read, by entity type."""

    def __init__(self, prefix: str, entity_types: Sequence[str]) -> None:
        self._prefix, self._newest = prefix, dict.fromkeys(entity_types, 0)

    def of(self, item: Any) -> HashWrites | None:
        """Returns the write of an item; None if it only updates the publish time.

        >>> hearts = NewestPublishTimes("headrace", ["user"])
        >>> hearts.of(NewestPublishTime("user", 5))
        >>> beat = hearts.of(Heartbeat(7))
        >>> beat.keys.to_list(), beat.fields.to_dicts()
        (['headrace:_heartbeat:user'], [{'published_ms': '5', 'wall_ms': '7'}])
        """
        match item:
            case NewestPublishTime(entity_type, published_ms):
                self._newest[entity_type] = max(self._newest.get(entity_type, 0), published_ms)
                return None
            case Heartbeat(wall_ms):
                return self._beaten(wall_ms)
        written: HashWrites = item
        return written

    def _beaten(self, wall_ms: int) -> HashWrites:
        """Writes the beat; the publish time is its `seq`, so the sink that has seen the newest event wins."""
        newest = list(self._newest.values())
        return HashWrites(
            keys=pl.Series([heartbeat_key(self._prefix, sink) for sink in self._newest], dtype=pl.String),
            as_of=pl.Series([wall_ms] * len(newest), dtype=pl.Int64),
            seq=pl.Series(newest, dtype=pl.Int64),
            gone=pl.Series([False] * len(newest), dtype=pl.Boolean),
            fields=pl.DataFrame(
                {
                    "published_ms": pl.Series([str(published_ms) for published_ms in newest], dtype=pl.String),
                    "wall_ms": pl.Series([str(wall_ms)] * len(newest), dtype=pl.String),
                }
            ),
            ttl_ms=None,
            published_ms=wall_ms,
        )
