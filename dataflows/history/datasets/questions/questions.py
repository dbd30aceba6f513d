"""Turns a spine into questions to history: which entity at which time, by shard."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
from polars.exceptions import PolarsError

from dataflows.history.datasets.arrow_types import arrow_of
from dataflows.history.datasets.errors import SpineError
from dataflows.history.datasets.read_ahead import ahead
from dataflows.history.datasets.spine import Spine, TimeReader, TimeUnit, expect_kept_types, ids_of
from dataflows.history.job import Job
from dataflows.history.spill.sharding import shards_of
from dataflows.history.whole_files import write_whole
from dataflows.kernels.arrays import Ints

STAGE = "questions"
SCHEMA = pa.schema([("row", pa.int64()), ("id", pa.large_string()), ("time", pa.int64())])


class WrittenQuestions(msgspec.Struct, frozen=True):
    """The written questions: rows of the spine, questions (rows with an id, of every entity), and assumptions."""

    rows: int
    questions: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpineColumns:
    """The columns of a spine with times and ids: `entities` maps each entity id to its column."""

    time: str
    entities: Mapping[str, str]
    unit: TimeUnit = "auto"


@dataclass(frozen=True, slots=True)
class KeyedBlock:
    """A block of a spine from row `first` on, with its times (ms) and the ids of each entity as texts."""

    first: int
    batch: pa.RecordBatch
    times: Ints
    ids: Mapping[str, pl.Series]


@dataclass(slots=True)
class KeyedSpine:
    """A spine whose blocks come with times and ids. Raises SpineError if it lacks them."""

    spine: Spine
    columns: SpineColumns
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        expect_kept_types(self.spine.schema, self.spine.place)
        for name in (self.columns.time, *self.columns.entities.values()):
            _expect_column(self.spine, name)

    def blocks(self) -> Iterator[KeyedBlock]:
        """Yields the blocks in order."""
        reader = TimeReader(self.spine.place, self.columns.time, self.columns.unit)
        first = 0
        for batch in self._read():
            if len(batch):
                yield self._keyed(batch, first, reader)
                first += len(batch)
        self.notes = reader.notes

    def _read(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self.spine.blocks()
        except (pa.ArrowException, PolarsError, OSError) as error:
            raise SpineError(f"{self.spine.place}: cannot be read: {str(error).splitlines()[0]}") from error

    def _keyed(self, batch: pa.RecordBatch, first: int, reader: TimeReader) -> KeyedBlock:
        ids = {
            entity_id: ids_of(batch.column(name), self.spine.place, name)
            for entity_id, name in self.columns.entities.items()
        }
        return KeyedBlock(first, batch, reader.ms(batch.column(self.columns.time), first), ids)


def write_questions(job: Job, keyed: KeyedSpine) -> WrittenQuestions:
    """Writes all questions of a spine to files of a job; a row without an id asks nothing. Raises SpineError."""
    done = job.completed(STAGE)
    if done.exists():
        return msgspec.json.decode(done.read_bytes(), type=WrittenQuestions)
    rows = asked = 0
    with _files(job, list(keyed.columns.entities)) as files, closing(ahead(keyed.blocks())) as blocks:
        for block in blocks:
            rows += len(block.batch)
            for entity_id, ids in block.ids.items():
                asked += _write(files[entity_id], block, ids, job.shards)
    written = WrittenQuestions(rows, asked, tuple(keyed.notes))
    write_whole(done, msgspec.json.encode(written))
    return written


def _write(files: Sequence[pa.RecordBatchFileWriter], block: KeyedBlock, ids: pl.Series, shards: int) -> int:
    present = np.flatnonzero(ids.is_not_null().to_numpy())
    known = ids.gather(present)
    shard = shards_of(known, shards)
    order = np.argsort(shard, kind="stable")
    rows = present[order]
    texts = arrow_of(known.gather(order))
    whole = pa.record_batch([pa.array(rows + block.first), texts, pa.array(block.times[rows])], schema=SCHEMA)
    starts = np.searchsorted(shard[order], np.arange(shards + 1)).tolist()
    for number, (start, end) in enumerate(pairwise(starts)):
        if end > start:
            files[number].write_batch(whole.slice(start, end - start))
    return len(rows)


@contextmanager
def _files(job: Job, entities: Sequence[str]) -> Iterator[dict[str, list[pa.RecordBatchFileWriter]]]:
    """Opens a file for each shard of each entity; removes those of an interrupted attempt."""
    shutil.rmtree(job.folder / STAGE, ignore_errors=True)
    with ExitStack() as stack:
        files: dict[str, list[pa.RecordBatchFileWriter]] = {}
        for entity_id in entities:
            job.questions(entity_id, 0).parent.mkdir(parents=True)
            paths = [str(job.questions(entity_id, shard)) for shard in range(job.shards)]
            files[entity_id] = [stack.enter_context(pa.ipc.new_file(path, SCHEMA)) for path in paths]
        yield files


def _expect_column(spine: Spine, name: str) -> None:
    names = list(spine.schema.names)
    if name not in names:
        from_here = ", ".join(names) or "none"
        raise SpineError(f"{spine.place}: no column {name}; its columns are {from_here}")
    if names.count(name) > 1:
        raise SpineError.of_column(
            spine.place, name, f"is there {names.count(name)} times", "one column with this name"
        )
