"""Spills events to Arrow files of a job, which are valid once the ledger records them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise
from pathlib import Path
from threading import get_ident
from typing import Generic

import pyarrow as pa
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from dataflows.history.ledger import EpochEntries, Ledger
from dataflows.history.spill.observed_events import ObservedEvents
from dataflows.history.spill.readings import Readings, encoded, number_of, read_on
from dataflows.history.spill.sample_files import SampleFiles, write_samples
from dataflows.history.spill.shard_events import starts_in
from dataflows.history.spill.spilled_read import Spilled, SpilledRead
from dataflows.history.whole_files import whole_file, write_whole

ROWS_PER_FILE = 1 << 20
_OBSERVED = "_observed"


@dataclass(frozen=True, slots=True)
class SpillFolder:
    """Files `<entity>/<source>.<writer>-<number>.arrow`, and the ledger with an entry `<writer>-<number>`.

    `_observed/events.<writer>-<number>` holds the observations of an entry's events, with samples beside it.
    """

    events: Path
    ledger: Ledger

    def file(self, entity_id: str, source: str, entry: str) -> Path:
        """Returns the file of a source's events for an entity type that belong to an entry."""
        return self.events / entity_id / f"{source}.{entry}.arrow"

    def observed(self, entry: str) -> Path:
        """Returns the file of the observations of an entry's events."""
        return self.events / _OBSERVED / f"events.{entry}"

    def samples(self, source: str, entry: str) -> Path:
        """Returns the file of a source's sampled events that belong to an entry."""
        return self.events / _OBSERVED / f"samples.{source}.{entry}"

    def next_number(self) -> int:
        """Returns the next number; they rise over all runs and writers, so the higher entry of a partition is
        newer."""
        return max(map(number_of, self.ledger.names()), default=-1) + 1

    def forget_unsealed(self) -> None:
        """Removes the events that no entry of the ledger records."""
        self.ledger.forget_prepared()
        sealed = self.ledger.names()
        for path in self.events.glob("*/*"):
            if path.name.partition(".arrow")[0].rsplit(".", 1)[-1] not in sealed:
                path.unlink()


Encode = Callable[[Sequence[Spilled]], pa.RecordBatch]
"""Encodes batches of one source and entity type as Arrow, by shard."""


class SpillKeys(Generic[Spilled]):
    """Assigns the items of each thread to one writer, because the readings of a partition must rise in its files."""

    def __init__(self, writers: range) -> None:
        self._writers, self._keys = cycle(map(str, writers)), dict[int, str]()

    def __call__(self, read: SpilledRead[Spilled]) -> tuple[str, SpilledRead[Spilled]]:
        """Returns the item with its writer as the key."""
        thread = get_ident()
        if thread not in self._keys:
            self._keys[thread] = next(self._writers)
        return self._keys[thread], read


class SpillSink(FixedPartitionedSink[SpilledRead[Spilled], None], Generic[Spilled]):
    """Writes separate files per writer, numbered after those in the ledger; `writers` are those of this process.

    Together they hold up to `rows_per_file` rows of a source and entity type in memory.
    """

    def __init__(
        self,
        folder: SpillFolder,
        encode: Encode[Spilled],
        writers: range = range(1),
        rows_per_file: int = ROWS_PER_FILE,
    ) -> None:
        self._folder, self._encode, self._writers = folder, encode, writers
        self._rows, self._first = rows_per_file // len(writers), folder.next_number()

    @override
    def list_parts(self) -> list[str]:
        """Returns the writers of this process, because each process spills what it reads."""
        return [f"{writer:03d}" for writer in self._writers]

    @override
    def part_fn(self, item_key: str) -> int:
        return int(item_key)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_SpillPartition[Spilled]":
        return _SpillPartition(self._folder, self._encode, int(for_part), self._first, self._rows)


class _SpillPartition(StatefulSinkPartition[SpilledRead[Spilled], None], Generic[Spilled]):
    def __init__(
        self, folder: SpillFolder, encode: Encode[Spilled], writer: int, number: int, rows_per_file: int
    ) -> None:
        self._folder, self._encode, self._writer, self._number = folder, encode, writer, number
        self._rows_per_file, self._rows = rows_per_file, Counter[tuple[str, str]]()
        self._entries = EpochEntries(folder.ledger)
        self._waiting: dict[tuple[str, str], list[Spilled]] = {}
        self._readings: Readings = {}
        self._observed = ObservedEvents()

    def write_batch(self, items: list[SpilledRead[Spilled]]) -> None:
        self._entries.item_came()
        for item in items:
            self._wait(item.batches)
            read_on(self._readings, item.readings)
            if item.observed is not None:
                self._observed.add(item.observed)
            if max(self._rows.values(), default=0) >= self._rows_per_file:
                self._write()

    def snapshot(self) -> None:
        """Writes everything received to files."""
        self._write()
        self._entries.epoch_ended()

    def close(self) -> None:
        self._write()

    def _wait(self, batches: Iterable[Spilled]) -> None:
        for batch in batches:
            self._waiting.setdefault((batch.entity_id, batch.source), []).append(batch)
            self._rows[batch.entity_id, batch.source] += len(batch)

    def _write(self) -> None:
        """Writes events before their entry, so that an entry never refers to missing events."""
        if not self._readings:
            return
        entry = f"{self._writer}-{self._number:06d}"
        for (entity_id, source), batches in self._waiting.items():
            write_spilled(self._folder.file(entity_id, source, entry), self._encode(batches))
        if self._observed.counts:
            write_whole(self._folder.observed(entry), self._observed.dump())
        for source, samples in self._observed.samples.items():
            write_samples(self._folder.samples(source, entry), samples)
        self._entries.prepare(entry, encoded(self._readings))
        self._waiting, self._readings, self._number = {}, {}, self._number + 1
        self._observed = ObservedEvents()
        self._rows.clear()


def write_spilled(path: Path, batch: pa.RecordBatch) -> None:
    """Writes a record batch per shard, so that a reader of one shard reads nothing else."""
    with whole_file(path) as part, pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        for start, stop in pairwise(starts_in(batch.schema)):
            writer.write_batch(batch.slice(start, stop - start))


def samples_of(folder: SpillFolder) -> SampleFiles:
    """Returns the samples of spilled events."""
    entries = sorted(folder.ledger.names())
    files = ((path.name.split(".")[1], path) for entry in entries for path in _samples_in(folder, entry))
    return SampleFiles(files)


def _samples_in(folder: SpillFolder, entry: str) -> list[Path]:
    return sorted((folder.events / _OBSERVED).glob(f"samples.*.{entry}"))


def observed_events(folder: SpillFolder) -> ObservedEvents:
    """Returns all observations of spilled events."""
    observed = ObservedEvents()
    for entry in sorted(folder.ledger.names()):
        path = folder.observed(entry)
        if path.exists():
            observed.add(ObservedEvents.load(path.read_bytes()))
    return observed
