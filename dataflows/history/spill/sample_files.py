"""Stores samples of events in a file per source and ledger entry: an Arrow batch per interval.

They are read on demand, because those of a year would not fit into memory together.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa

from dataflows.history.whole_files import whole_file
from reports.alerting import HASH, EventSample, Start

_START = "_start"


def write_samples(path: Path, by_start: Mapping[Start, EventSample]) -> None:
    """Writes the samples of at least one interval."""
    tables = [
        sample.rows.with_columns(pl.lit(start, pl.Int64).alias(_START)).to_arrow(compat_level=pl.CompatLevel.oldest())
        for start, sample in sorted(by_start.items())
    ]
    schema = tables[0].schema
    with whole_file(path) as part, pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for table in tables:
            writer.write_batch(table.combine_chunks().to_batches()[0])


class SampleFiles:
    """Returns the sample of a source in an interval when called; None if nothing was sampled."""

    def __init__(self, files: Iterable[tuple[str, Path]]) -> None:
        self._places: dict[tuple[str, Start], list[tuple[pa.ipc.RecordBatchFileReader, int]]] = {}
        for source, path in files:
            reader = pa.ipc.open_file(pa.memory_map(str(path)))
            for number in range(reader.num_record_batches):
                start = reader.get_batch(number).column(_START)[0].as_py()
                self._places.setdefault((source, start), []).append((reader, number))

    def __call__(self, source: str, start: Start) -> EventSample | None:
        """Merges the samples of all processes in a fixed order, so that sums are equal to the last digit."""
        merged: EventSample | None = None
        for reader, number in self._places.get((source, start), ()):
            rows = pl.DataFrame(reader.get_batch(number)).drop(_START)
            merged = EventSample(rows) if merged is None else merged + EventSample(rows)
        return merged and EventSample(merged.rows.sort(HASH))
