"""The ends of the graph in memory: given batches in, everything that was written out.

>>> left = replayed(definitions, {"orders": [[raw_batch("0", events)]]})
>>> left.newest()["user_id", "u1"].values["orders_7d"]
3
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import cluster_main, run_main

from connectors.messages import Outgoing, RawBatch
from connectors.redis_watch import Started
from connectors.redis_writes import HashWrites
from dataflows.clocks import WallClock
from dataflows.graph import Ports, Run, build
from dataflows.quality import QualityPorts
from dataflows.replay import bounded_flow
from dataflows.settings import Settings
from dataflows.spec import Definitions, Source
from reports.records import Alert
from tests.facts import Event
from tests.streams import payloads, stamp

Partitions = Mapping[str, Sequence[Sequence[RawBatch]]]
"""Per source, the batches of each of its partitions."""

SHARDS, SINK_PARTITIONS = 3, 2

# Bytewax has no types here
_RUN: Callable[..., None] = run_main
_CLUSTER: Callable[..., None] = cluster_main
_INIT: Callable[[Path, int], None] = init_db_dir
_CONFIG: Callable[[Path], object] = RecoveryConfig


class CrashError(Exception):
    """What a crash raises."""


@dataclass(slots=True)
class Crash:
    """Ends the run when its `at`-th batch is asked for, once."""

    at: int
    read: int = 0
    done: bool = False

    def __call__(self) -> None:
        """Called before each batch."""
        if not self.done and self.read == self.at:
            self.done = True
            raise CrashError
        self.read += 1


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands on a feature topic; `run` counts the executions that wrote here."""

    run: int
    entity_id: str
    entity: str
    as_of: int
    seq: int
    gone: bool
    warming: tuple[str, ...]
    values: dict[str, Any]


@dataclass(slots=True)
class Left:
    """What all runs over the same ends have written, in order."""

    definitions: Definitions
    runs: int = 0
    records: list[Record] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    writes: list[tuple[int, HashWrites]] = field(default_factory=list)
    live: list[HashWrites] = field(default_factory=list)
    reports: list[tuple[str, bytes]] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def newest(self) -> dict[tuple[str, str], Record]:
        """The row of every entity as a guarded store keeps it: at equal `as_of` what is gone stands first."""
        rows: dict[tuple[str, str], Record] = {}
        for record in self.records:
            key = record.entity_id, record.entity
            held = rows.get(key)
            if held is None or _place(record.as_of, record.seq, record.gone) >= _place(held.as_of, held.seq, held.gone):
                rows[key] = record
        return {key: record for key, record in rows.items() if not record.gone}

    def hashes(self) -> dict[str, dict[str, str]]:
        """The online store: fields by key, under the guard of the real one."""
        kept: dict[str, tuple[tuple[int, int], bool, dict[str, str]]] = {}
        for key, pair, gone, fields in self._hash_rows():
            if key not in kept or _place(*pair, gone) >= _place(*kept[key][0], kept[key][1]):
                kept[key] = pair, gone, {name: text for name, text in fields.items() if text is not None}
        return {
            key: {"_as_of": str(as_of), "_seq": str(seq), **fields}
            for key, ((as_of, seq), gone, fields) in kept.items()
            if not gone
        }

    def _hash_rows(self) -> Iterator[tuple[str, tuple[int, int], bool, dict[str, Any]]]:
        for _, writes in self.writes:
            pairs = zip(writes.as_of, writes.seq, strict=True)
            yield from zip(writes.keys, pairs, writes.gone, writes.fields.iter_rows(named=True), strict=True)

    def write_letters(self, out: Outgoing) -> None:
        """Takes a batch of dead letters."""
        self.letters += map(msgspec.json.decode, out.payloads)

    def write_reports(self, out: Outgoing) -> None:
        """Takes closed reports."""
        self.reports += zip(out.keys, out.payloads, strict=True)

    def write_alerts(self, out: Outgoing) -> None:
        """Takes alerts."""
        self.alerts += map(Alert.decode, out.payloads)

    def write_records(self, entity_id: str, out: Outgoing) -> None:
        """Takes a batch of records."""
        for key, payload in zip(out.keys, out.payloads, strict=True):
            record = msgspec.json.decode(payload)
            if record.pop(entity_id) != key:
                raise AssertionError(f"{payload!r} under the key {key}")
            fixed = record.pop("as_of"), record.pop("seq"), record.pop("gone")
            warming = tuple(record.pop("warming") or ())
            record.pop("quarantined")
            self.records.append(Record(self.runs, entity_id, key, *fixed, warming, record))


def _place(as_of: int, seq: int, gone: bool) -> tuple[int, int]:
    return as_of, -1 if gone else seq


class Batches(FixedPartitionedSource[RawBatch, int]):
    """Given batches; the position is how many were read. `before` is called with each batch."""

    def __init__(self, partitions: Sequence[Sequence[RawBatch]], before: Callable[[RawBatch], None]) -> None:
        self._partitions = {str(number): batches for number, batches in enumerate(partitions)}
        self._before = before

    def list_parts(self) -> list[str]:
        return list(self._partitions)

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "_Batches":
        return _Batches(self._partitions[for_part], resume_state or 0, self._before)


class _Batches(StatefulSourcePartition[RawBatch, int]):
    def __init__(self, batches: Sequence[RawBatch], at: int, before: Callable[[RawBatch], None]) -> None:
        self._batches, self._at, self._before = batches, at, before

    def next_batch(self) -> list[RawBatch]:
        if self._at >= len(self._batches):
            raise StopIteration
        batch = self._batches[self._at]
        self._before(batch)
        self._at += 1
        return [batch]

    def snapshot(self) -> int:
        return self._at


class Signals(FixedPartitionedSource[Any, None]):
    """The same signals in every run."""

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


class Collecting(FixedPartitionedSink[Any, None]):
    """Calls `write` with every item, one at a time."""

    def __init__(self, partitions: int, write: Callable[[Any], None], lock: threading.Lock) -> None:
        self._partitions, self._write, self._lock = partitions, write, lock

    def list_parts(self) -> list[str]:
        return [str(number) for number in range(self._partitions)]

    def part_fn(self, item_key: str) -> int:
        return int(item_key)

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
    """The events as they stand on their topic, published when the newest of them happened unless given."""
    time = max(map(stamp, events)) if published_ms is None else published_ms
    return RawBatch(partition, payloads(events), time, time, lambda row: f"{partition}:{row}")


def bounded(batches: Sequence[RawBatch], partition: str) -> list[RawBatch]:
    """The batches of a partition that ends with the last of them; an empty one has a batch without events."""
    ending = batches or [RawBatch(partition, [], 0, 0, str)]
    return [*ending[:-1], replace(ending[-1], ended=True)]


def ports(left: Left, partitions: Partitions, before: Callable[[RawBatch], None], signals: Sequence[Any]) -> Ports:
    """Ends that read the batches and write to `left`."""
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
        quality=QualityPorts(
            waits=list,
            live=Collecting(1, left.live.append, left.lock),
            reports=Collecting(1, left.write_reports, left.lock),
            alerts=Collecting(1, left.write_alerts, left.lock),
        ),
    )


def replayed(
    definitions: Definitions,
    partitions: Partitions,
    *,
    workers: int = 1,
    crash: Crash | None = None,
    recovery: Path | None = None,
    left: Left | None = None,
    judged: bool = False,
    interval_s: int = 300,
    processed_ms: int | None = None,
) -> Left:
    """A bounded replay; with `left` and `recovery` of an earlier run it goes on from there.

    Given `processed_ms`, values are judged by the time of processing, which that is.

    Raises CrashError when `crash` strikes.
    """
    left = left or Left(definitions)
    left.runs += 1
    ends = ports(left, _ended(partitions), lambda _: crash() if crash else None, [Started()])
    settings = Settings(
        shards=SHARDS,
        sink_partitions=SINK_PARTITIONS,
        quality_interval=interval_s,
        quality_time="event" if processed_ms is None else "processing",
    )
    execute(bounded_flow(definitions, ends, settings, lambda: processed_ms or 0, judged), workers, recovery)
    return left


def _ended(partitions: Partitions) -> dict[str, list[list[RawBatch]]]:
    return {
        name: [bounded(batches, str(number)) for number, batches in enumerate(parts)]
        for name, parts in partitions.items()
    }


def lived(definitions: Definitions, partitions: Partitions, signals: Sequence[Any] = (Started(),)) -> Left:
    """A live run over one partition; its wall clock stands at the newest publish time read."""
    left, clock = Left(definitions, runs=1), [0]

    def observe(batch: RawBatch) -> None:
        clock[0] = max(clock[0], batch.newest_ms)

    run = Run(
        clock_of=lambda marks: WallClock(lambda: clock[0], marks),
        now=lambda: clock[0],
        begun=1,
        complete=True,
        everywhere=False,
        shards=SHARDS,
        sink_partitions=SINK_PARTITIONS,
        prefix="test",
    )
    execute(build(definitions, ports(left, partitions, observe, signals), run), 1, None)
    return left


def execute(flow: Dataflow, workers: int, recovery: Path | None) -> None:
    """Runs a flow to its end; with `recovery` every batch is an epoch of its own."""
    options: dict[str, object] = {}
    if recovery is not None:
        if not recovery.exists():
            recovery.mkdir(parents=True)
            _INIT(recovery, 2)
        options = {"epoch_interval": timedelta(0), "recovery_config": _CONFIG(recovery)}
    if workers == 1:
        _RUN(flow, **options)
    else:
        _CLUSTER(flow, [], 0, worker_count_per_proc=workers, **options)
