"""Connects the graph to memory: reads given batches and collects all output."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import StatefulSinkPartition

from connectors.messages import RawBatch
from connectors.numbered_sink import NumberedSink
from dataflows.definitions.loader import Source
from dataflows.quality.branch import QualityPorts
from dataflows.run import Ports
from tests.support.dataflow.outputs import Left
from tests.support.generators.random_streams import payloads, stamp
from tests.support.oracle.event_facts import Event

Partitions = Mapping[str, Sequence[Sequence[RawBatch]]]
"""The batches of each partition, by source."""
SINK_PARTITIONS = 2


class Batches(FixedPartitionedSource[RawBatch, bytes]):
    """Reads given batches; the position is the number read. Calls `before` with each batch."""

    def __init__(self, partitions: Sequence[Sequence[RawBatch]], before: Callable[[RawBatch], None]) -> None:
        self._partitions = {str(number): batches for number, batches in enumerate(partitions)}
        self._before = before

    def list_parts(self) -> list[str]:
        return list(self._partitions)

    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> "_Batches":
        return _Batches(self._partitions[for_part], int(resume_state or 0), self._before)


class _Batches(StatefulSourcePartition[RawBatch, bytes]):
    def __init__(self, batches: Sequence[RawBatch], position: int, before: Callable[[RawBatch], None]) -> None:
        self._batches, self._at, self._before = batches, position, before

    def next_batch(self) -> list[RawBatch]:
        if self._at >= len(self._batches):
            raise StopIteration
        batch = self._batches[self._at]
        self._before(batch)
        self._at += 1
        return [batch]

    def snapshot(self) -> bytes:
        return str(self._at).encode()


class Signals(FixedPartitionedSource[Any, None]):
    """Sends the same signals in every run."""

    def __init__(self, signals: Sequence[Any]) -> None:
        self._signals = signals

    def list_parts(self) -> list[str]:
        return ["watch"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Signals":
        return _Signals(self._signals)


class _Signals(StatefulSourcePartition[Any, None]):
    def __init__(self, signals: Sequence[Any]) -> None:
        self._signals = iter(signals)

    def next_batch(self) -> list[Any]:
        return [next(self._signals)]

    def snapshot(self) -> None:
        return None


class Collecting(NumberedSink[Any]):
    """Calls `write` with every item, one at a time."""

    def __init__(self, partitions: int, write: Callable[[Any], None], lock: threading.Lock) -> None:
        super().__init__(partitions)
        self._write, self._lock = write, lock

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Collecting":
        return _Collecting(self._write, self._lock)


class _Collecting(StatefulSinkPartition[Any, None]):
    def __init__(self, write: Callable[[Any], None], lock: threading.Lock) -> None:
        self._write, self._lock = write, lock

    def write_batch(self, items: list[Any]) -> None:
        with self._lock:
            for item in items:
                self._write(item)

    def snapshot(self) -> None:
        return None


def raw_batch(partition: str, events: Sequence[Event], published_ms: int | None = None) -> RawBatch:
    """Encodes events as payloads on their topic, published at the time of the newest unless given."""
    time = max(map(stamp, events)) if published_ms is None else published_ms
    return RawBatch(partition, payloads(events), time, time, lambda row: f"{partition}:{row}")


def ports(left: Left, partitions: Partitions, before: Callable[[RawBatch], None], signals: Sequence[Any]) -> Ports:
    """Returns ports that read the batches and write to `left`."""
    run = left.runs

    def source(source: Source) -> FixedPartitionedSource[RawBatch, Any]:
        return Batches(partitions.get(source.name, ()), before)

    def topic(name: str, features: Sequence[Any]) -> Collecting:
        entity_id = features[0].entity_id
        return Collecting(SINK_PARTITIONS, lambda out: left.write_records(entity_id, out), left.lock)

    return Ports(
        source=source,
        watch=Signals(signals),
        store=Collecting(SINK_PARTITIONS, lambda out: left.writes.append((run, out)), left.lock),
        topic=topic,
        dead_letters=Collecting(1, left.write_letters, left.lock),
        quality=_quality_ports(left),
    )


def _quality_ports(left: Left) -> QualityPorts:
    return QualityPorts(
        latencies=list,
        live=Collecting(1, left.live.append, left.lock),
        reports=Collecting(1, left.write_reports, left.lock),
        alerts=Collecting(1, left.write_alerts, left.lock),
    )
