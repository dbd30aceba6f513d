"""Builds the dataflows of history: spill events by shard, then fold each shard in the order of event time.

topics -> decode -> evaluate -> cut by shard -> files     |     shards -> walk -> rows -> store, topics, files
             +---> dead letters                           |                  `-> answers -> files
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow, Stream
from bytewax.operators import KeyedStream
from bytewax.outputs import Sink

from connectors.messages import Outgoing
from dataflows.compiler import source_inputs
from dataflows.definitions import Definitions, Source
from dataflows.graph import (
    assemble,
    check,
    decode,
    publish,
    refuse_events,
    refuse_quarantined,
    used_sources,
)
from dataflows.history.folding import HistoryShards
from dataflows.history.job import Job
from dataflows.history.shards import (
    AnswerFiles,
    FinishedShards,
    RowFiles,
    ShardPiece,
    finished_pieces,
    is_of,
    layout_of,
)
from dataflows.history.spill import (
    Cutter,
    EventObserver,
    Lateness,
    QuestionIds,
    QuestionPartitioner,
    SpillCutter,
    SpilledBatch,
    SpilledRead,
    SpillKeys,
    SpillPartitioner,
    SpillSink,
    arrow_of,
)
from dataflows.ingest import Partitioner, Projection, kept_columns
from dataflows.quality import EventSampler, read_columns
from dataflows.rows import FeatureRows, HashEncoder, dead_letters
from dataflows.run import InputOf, Ports, Run


@dataclass(frozen=True, slots=True)
class RowEnds:
    """Destinations of a replay's rows; `written` are the definitions that rows in the online store belong to."""

    store: bool
    topics: bool
    files: Path | None
    written: Definitions


@dataclass(frozen=True, slots=True)
class SpillTerms:
    """Selects the events to spill: those older than `until` (ms), without late ones if it refuses them.

    Payloads that are no events, and late events, go to `rejects`. `arrivals` keeps arrival times; of an entity type
    with `asked` ids, only their events are spilled. Events are counted by intervals of `counted_ms` (0: not at all).
    """

    until: int
    refuses_late: bool
    rejects: Sink[tuple[str, Outgoing]] | None
    arrivals: bool = False
    asked: Mapping[str, QuestionIds] = field(default_factory=dict)
    counted_ms: int = 0


def spill_flow(
    definitions: Definitions, job: Job, source_of: InputOf, run: Run, read: SpillTerms, writers: range
) -> Dataflow:
    """Reads all sources and spills their events; `writers` are the numbers of those who write files."""
    flow, keyed = Dataflow("headrace_spill"), SpillKeys[SpilledBatch](writers)
    spilled, rejected = list[KeyedStream[SpilledRead[SpilledBatch]]](), list[KeyedStream[Outgoing]]()
    for source in used_sources(definitions):
        texts, columns = kept_columns(source, definitions), read_columns(source, definitions)
        events = decode(flow, source_of, source, run, texts, columns)
        rejected.append(refuse_events(events, source))
        within = op.map(f"within_{source.name}", events, lambda events: events.before(read.until))
        projection, cutter = _cutter(source, definitions, job.shards, read)
        projected = op.map(f"evaluate_{source.name}", within, projection)
        cut = op.map(f"cut_{source.name}", projected, cutter)
        spilled.append(op.map(f"spilled_{source.name}", cut, keyed))
        rejected.append(op.flat_map(f"late_{source.name}", cut, _late_of))
    op.output("spill", op.merge("spilled", *spilled), SpillSink(job.spill, arrow_of, writers))
    if read.rejects is not None:
        op.output("dead_letters", op.merge("rejected", *rejected), read.rejects)
    return flow


def rows_flow(
    definitions: Definitions,
    pieces_of: HistoryShards[ShardPiece],
    ports: Ports,
    run: Run,
    ends: RowEnds,
    noted: FinishedShards,
) -> Dataflow:
    """Folds every shard; its rows go to the online store, to feature topics and to files."""
    flow = Dataflow("headrace_fold")
    pieces = op.input("shards", flow, pieces_of)
    hashes, rejected = list[KeyedStream[Any]](), list[KeyedStream[Outgoing]]()
    for entity_id in definitions.entity_ids:
        rows = assemble(_of_entity(pieces, entity_id), entity_id, definitions, run)
        checked = check(rows, entity_id, definitions, run)
        rejected.append(refuse_quarantined(checked, entity_id))
        readable = op.map_value(f"readable_{entity_id}", checked, lambda checked: checked.rows)
        if ends.store:
            hashes.append(_hashes(readable, entity_id, definitions, ends.written, run))
        if ends.topics:
            publish(readable, entity_id, definitions, ports)
        if ends.files is not None:
            entity_pieces = op.filter(f"filed_{entity_id}", pieces, is_of(entity_id))
            op.output(f"files_{entity_id}", entity_pieces, RowFiles(ends.files, definitions.of_entity(entity_id), run))
    if ends.store:
        op.output("store", op.merge("written", *hashes), ports.store)
    op.output("dead_letters", op.merge("rejected", *rejected), ports.dead_letters)
    op.output("finished", finished_pieces(pieces, noted.process), noted)
    return flow


def answers_flow(
    definitions: Definitions, pieces_of: HistoryShards[ShardPiece], job: Job, run: Run, noted: FinishedShards
) -> Dataflow:
    """Folds every shard up to its questions; the answers go to files of the job."""
    flow = Dataflow("headrace_answer")
    pieces = op.input("shards", flow, pieces_of)
    for entity_id in definitions.entity_ids:
        answered = op.filter(f"of_{entity_id}", pieces, is_of(entity_id))
        op.output(f"answers_{entity_id}", answered, AnswerFiles(job, definitions.of_entity(entity_id), run))
    op.output("finished", finished_pieces(pieces, noted.process), noted)
    return flow


def _cutter(source: Source, definitions: Definitions, shards: int, read: SpillTerms) -> tuple[Projection, SpillCutter]:
    """Returns what evaluates a source's events, and cuts them for each entity type with features of it."""
    inputs = {
        entity_id: of_source
        for entity_id in definitions.entity_ids
        if (of_source := source_inputs(definitions.of_entity(entity_id)).get(source.name))
    }
    projection = Projection(source, inputs.values(), definitions.features)
    partitioners = list[Cutter]()
    for entity_id, of_source in inputs.items():
        cut_by = source.entities[entity_id], of_source, projection, shards
        if (asked := read.asked.get(entity_id)) is not None:
            partitioners.append(QuestionPartitioner(entity_id, *cut_by, asked))
            continue
        lateness = Lateness(layout_of(definitions, entity_id, 0), source.name) if read.refuses_late else None
        partitioners.append(SpillPartitioner(entity_id, Partitioner(*cut_by, False), lateness))
    sampler = EventSampler(source, read_columns(source, definitions), seldom_ms=0)
    observer = EventObserver(read.counted_ms, sampler) if read.counted_ms else None
    return projection, SpillCutter(partitioners, read.arrivals or read.refuses_late, observer)


def _late_of(read: SpilledRead[SpilledBatch]) -> Iterator[tuple[str, Outgoing]]:
    return (("0", dead_letters.of_late(late, entity_id)) for entity_id, late in read.late)


def _of_entity(pieces: Stream[ShardPiece], entity_id: str) -> KeyedStream[Any]:
    def keyed(piece: ShardPiece) -> tuple[str, Any] | None:
        return (piece.shard, piece.rows) if piece.entity_id == entity_id and piece.rows is not None else None

    return op.filter_map(f"of_{entity_id}", pieces, keyed)


def _hashes(
    rows: KeyedStream[FeatureRows], entity_id: str, definitions: Definitions, written: Definitions, run: Run
) -> KeyedStream[Any]:
    encoder = HashEncoder(run.prefix, definitions.of_entity(entity_id), written.fingerprint)
    return op.map_value(f"hash_{entity_id}", rows, encoder)
