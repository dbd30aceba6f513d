"""Verifies that a data set would come out the same today: recomputes a sample, or makes it again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.errors import DatasetChanged
from dataflows.history.datasets.manifest import Manifest
from dataflows.history.datasets.questions import KeyedSpine, SpineColumns, select
from dataflows.history.datasets.questions.definition_copies import definitions_in
from dataflows.history.datasets.request import DatasetRequest
from dataflows.history.datasets.spine import Spine, TableSpine, TimeUnit
from dataflows.history.datasets.spine.parquet import ParquetSpine
from dataflows.history.datasets.table import AnsweredBlock, ContentHash, differing, formatted
from dataflows.history.jobs import extents_in, extents_of, note_extents
from dataflows.kernels.arrays import Ints


@dataclass(frozen=True, slots=True)
class WrongValue:
    """A value that would differ today; `row` is that of the data set, counted from 0."""

    row: int
    feature: str
    stored: str | None
    recomputed: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The result for a sample of rows; `changed` names a file whose content is not what was written."""

    rows: int
    wrong: tuple[WrongValue, ...]
    changed: bool = False

    @property
    def equal(self) -> bool:
        """Returns whether the data set is unchanged, and would come out the same."""
        return not self.wrong and not self.changed


@dataclass(frozen=True, slots=True)
class DataSetSpine:
    """The spine columns of a data set."""

    dataset: Path
    columns: tuple[str, ...]

    @property
    def place(self) -> str:
        """Returns the path of the data set."""
        return str(self.dataset)

    @property
    def schema(self) -> pa.Schema:
        """Returns the columns before the features, which come last."""
        whole = ParquetSpine(self.place).schema
        return pa.schema(list(whole)[: len(self.columns)], whole.metadata)

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Yields the rows."""
        places = list(range(len(self.columns)))
        return (batch.select(places) for batch in ParquetSpine(self.place).blocks())


def remade(manifest: Manifest, spine: Spine, folder: Path) -> DatasetRequest:
    """Rebuilds the request of a data set for its own rows; writes its definitions to a folder."""
    asked = manifest.asked
    entities = [f"{column}={entity_id}" for entity_id, column in asked.entities.items()]
    selection = select(definitions_in(manifest.definitions, folder), entities, asked.features)
    keyed = KeyedSpine(spine, SpineColumns(asked.time, asked.entities, cast(TimeUnit, asked.time_unit)))
    sha256 = manifest.spine.sha256
    return DatasetRequest(selection, manifest.definitions, keyed, sha256, asked.mode, asked.lag_ms, asked.feature_set)


def seed_history(manifest: Manifest, builder: DatasetBuilder) -> None:
    """Makes a job read exactly the positions that were read then."""
    builder.job.folder.mkdir(parents=True, exist_ok=True)
    if manifest.history and extents_of(builder.job) is None:
        note_extents(builder.job, extents_in(manifest.history))


def expect_as_written(dataset: Path, manifest: Manifest) -> None:
    """Raises DatasetChanged for a file without the rows and columns of its manifest."""
    metadata = pq.read_metadata(dataset)
    names = [*manifest.spine.columns, *manifest.asked.features]
    if (columns := list(metadata.schema.to_arrow_schema().names)) != names:
        raise DatasetChanged(f"{dataset}: its columns are {', '.join(columns)}; its manifest has {', '.join(names)}")
    if metadata.num_rows != manifest.rows:
        raise DatasetChanged(f"{dataset}: it has {metadata.num_rows:,} rows; its manifest has {manifest.rows:,}")


def verify(dataset: Path, manifest: Manifest, sample: int, seed: int, builder: DatasetBuilder) -> Verification:
    """Recomputes a random sample of the rows of a data set. Raises DatasetError."""
    expect_as_written(dataset, manifest)
    rows = _sampled(manifest.rows, sample, seed)
    table, content = _rows(dataset, rows)
    seed_history(manifest, builder)
    spine_columns = len(manifest.spine.columns)
    request = remade(
        manifest, TableSpine(table.select(list(range(spine_columns))), str(dataset)), builder.job.folder / "definitions"
    )
    assembly, _ = builder.answered(request)
    wrong = [
        difference
        for block in assembly.blocks()
        for difference in _wrong(block, request, table.slice(block.asked.first, len(block.asked.batch)), rows)
    ]
    return Verification(len(rows), tuple(wrong), changed=content != manifest.content_hash)


def rebuild(dataset: Path, manifest: Manifest, out: Path, builder: DatasetBuilder) -> Manifest:
    """Makes a data set again, from its own rows. Raises DatasetError."""
    expect_as_written(dataset, manifest)
    seed_history(manifest, builder)
    spine = DataSetSpine(dataset, manifest.spine.columns)
    return builder.to_file(remade(manifest, spine, builder.job.folder / "definitions"), out)


def _sampled(rows: int, sample: int, seed: int) -> Ints:
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(rows, min(sample, rows), replace=False)).astype(np.int64)


def _rows(dataset: Path, rows: Ints) -> tuple[pa.Table, str]:
    """Returns some rows of a data set, and the hash of all of them."""
    spine, first, batches = ParquetSpine(str(dataset)), 0, list[pa.RecordBatch]()
    content = ContentHash(spine.schema)
    for batch in spine.blocks():
        content.add(batch)
        inside = rows[(rows >= first) & (rows < first + len(batch))]
        batches.append(batch.take(pa.array(inside - first)))
        first += len(batch)
    return pa.Table.from_batches(batches, batches[0].schema if batches else spine.schema), content.hexdigest()


def _wrong(block: AnsweredBlock, request: DatasetRequest, stored: pa.Table, rows: Ints) -> Iterator[WrongValue]:
    spine_columns = len(block.asked.batch.columns)
    for place, name in enumerate(request.selection.names, spine_columns):
        now = block.values[request.mode].get_column(name)
        then = pl.Series(name, stored.column(place))
        places = differing(then.cast(now.dtype, strict=False), now).arg_true().to_numpy()
        texts = formatted(then.gather(places)), formatted(now.gather(places))
        for row, before, after in zip(rows[block.asked.first + places], *texts, strict=True):
            yield WrongValue(int(row), name, before, after)
