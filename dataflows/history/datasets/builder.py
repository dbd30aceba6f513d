"""Builds a data set from a request: questions, the fold over history, answers beside their rows, and the manifest."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa

from dataflows.definitions import Definitions, Feature
from dataflows.history.datasets.arrow_types import arrow_of
from dataflows.history.datasets.manifest import KEY, FeatureOrigin, Manifest, manifest_path
from dataflows.history.datasets.questions.questions import KeyedSpine, WrittenQuestions, write_questions
from dataflows.history.datasets.questions.ticks import Ticks, write_ticks
from dataflows.history.datasets.read_ahead import ahead
from dataflows.history.datasets.request import DatasetRequest, code_version
from dataflows.history.datasets.table import (
    AnsweredBlock,
    Assembly,
    ColumnProfiles,
    ContentHash,
    SpineAssembly,
    TickAssembly,
    ValueMode,
    feature_schema,
)
from dataflows.history.datasets.table.leakage import ROWS_SCHEMA, LeakageReport
from dataflows.history.datasets.writers import Writer, write_text, written
from dataflows.history.job import Job
from dataflows.history.jobs import extents_of
from dataflows.history.retained_memory import retained_memory
from dataflows.windows import Now
from reports.moments import instant

Fold = Callable[[Job, Definitions, int, Sequence[Feature]], None]
"""Answers the questions of a job from history, with a lag (ms) of what was known; the last argument is also asked as
served."""


@dataclass(slots=True)
class BuildProgress:
    """Receives progress: `stage` when another stage begins, `asked` the questions of the spine."""

    stage: Callable[[str], None] = field(default=lambda name: None)
    asked: Callable[[WrittenQuestions], None] = field(default=lambda written: None)


@dataclass(frozen=True, slots=True)
class DatasetBuilder:
    """Builds data sets in the folder of a job, by a fold over history."""

    job: Job
    fold: Fold
    now: Now
    progress: BuildProgress = field(default_factory=BuildProgress)

    @retained_memory()
    def to_file(self, request: DatasetRequest, out: Path, leakage: Path | None = None) -> Manifest:
        """Writes the data set to a file with its manifest beside it. Raises DatasetError and DefinitionErrors."""
        assembly, asked = self.answered(request)
        with _leaked(leakage) as leaked, written(out, schema_of(request, assembly)) as writer:
            manifest = self._assembled(request, assembly, asked, writer.write, leaked)
            writer.finish(manifest.metadata())
        write_text(manifest_path(out), manifest.text())
        return manifest

    @retained_memory()
    def to_table(self, request: DatasetRequest) -> pa.Table:
        """Returns the data set in memory, with its manifest in the metadata of the schema."""
        assembly, asked = self.answered(request)
        schema, blocks = schema_of(request, assembly), list[pa.RecordBatch]()
        manifest = self._assembled(request, assembly, asked, blocks.append, None)
        manifest_metadata = {name.encode(): text.encode() for name, text in manifest.metadata().items()}
        return pa.Table.from_batches(blocks, schema).replace_schema_metadata(
            {**(schema.metadata or {}), **manifest_metadata}
        )

    def answered(self, request: DatasetRequest) -> tuple[Assembly, WrittenQuestions]:
        """Answers all questions; returns the rows that can be assembled."""
        self.progress.stage("reading the spine")
        self.job.folder.mkdir(parents=True, exist_ok=True)
        asked = _questions(self.job, request.rows)
        self.progress.asked(asked)
        if asked.questions:
            self.progress.stage("folding history")
            self.fold(self.job, request.selection.definitions, request.lag_ms, request.served)
        self.progress.stage("writing rows")
        return _assembly(self.job, request), asked

    def _assembled(
        self,
        request: DatasetRequest,
        assembly: Assembly,
        asked: WrittenQuestions,
        write: Callable[[pa.RecordBatch], None],
        leaked: Writer | None,
    ) -> Manifest:
        """Reads a block, tallies the one before and writes it at the same time, each in a thread."""
        schema = schema_of(request, assembly)
        tally = _Tally(request, schema)
        with ThreadPoolExecutor(1, "write") as thread, closing(ahead(assembly.blocks())) as blocks:
            for block in blocks:
                batch = with_features(block, request.mode, schema)
                writing = thread.submit(write, batch)
                differing = tally.add(batch, block)
                writing.result()
                if leaked is not None:
                    for part in differing.to_batches():
                        leaked.write(part)
        return tally.manifest(request, asked, self.now(), history_of(self.job))


class _Tally:
    """Statistics of the rows for the manifest."""

    def __init__(self, request: DatasetRequest, schema: pa.Schema) -> None:
        self.rows = 0
        self._hash = ContentHash(schema)
        self._profiles = ColumnProfiles(schema, request.selection.names)
        self._leakage = LeakageReport(request.selection.asked)
        self._skew = LeakageReport(request.served, "served")

    def add(self, batch: pa.RecordBatch, block: AnsweredBlock) -> pa.Table:
        self.rows += len(batch)
        self._hash.add(batch)
        self._profiles.add(batch)
        self._skew.count(block)
        return self._leakage.add(block)

    def manifest(
        self, request: DatasetRequest, asked: WrittenQuestions, now: int, history: dict[str, object]
    ) -> Manifest:
        return Manifest(
            code_version=code_version(),
            created=instant(now),
            asked=request.described(),
            spine=request.origin(),
            features=tuple(_origins(request)),
            fingerprint=request.selection.definitions.fingerprint,
            definitions=dict(request.texts),
            history=history,
            rows=self.rows,
            content_hash=self._hash.hexdigest(),
            profile=self._profiles.as_dict(),
            leakage=self._leakage.features(),
            skew=self._skew.features(),
            notes=(*asked.notes, *request.deprecations),
        )


def history_of(job: Job) -> dict[str, object]:
    """Returns the sources and positions that a job has read."""
    extents = extents_of(job) or {}
    return {source: {part: asdict(extent) for part, extent in parts.items()} for source, parts in extents.items()}


def schema_of(request: DatasetRequest, assembly: Assembly) -> pa.Schema:
    """Returns the columns of the spine unchanged, then the features."""
    columns, features = assembly.schema, feature_schema(request.selection)
    metadata = {name: text for name, text in (columns.metadata or {}).items() if name != KEY.encode()}
    return pa.schema([*columns, *features], metadata or None)


def with_features(block: AnsweredBlock, mode: ValueMode, schema: pa.Schema) -> pa.RecordBatch:
    """Returns the rows of a block with the features of a mode."""
    columns = [arrow_of(column.rechunk()) for column in block.values[mode].get_columns()]
    return pa.RecordBatch.from_arrays([*block.asked.batch.columns, *columns], schema=schema)


def _questions(job: Job, rows: KeyedSpine | Ticks) -> WrittenQuestions:
    return write_questions(job, rows) if isinstance(rows, KeyedSpine) else write_ticks(job, rows)


def _assembly(job: Job, request: DatasetRequest) -> Assembly:
    modes = tuple(dict.fromkeys((request.mode, "true", "known")))
    if isinstance(request.rows, KeyedSpine):
        return SpineAssembly(job, request.rows, request.selection, modes)
    return TickAssembly(job, request.rows, request.selection, modes)


def _origins(request: DatasetRequest) -> Iterator[FeatureOrigin]:
    for feature in request.selection.asked:
        yield FeatureOrigin(
            feature=feature.feature_name,
            version=feature.version,
            fingerprint=feature.fingerprint,
            entity_id=feature.entity_id,
            value_type=feature.value_type,
            deprecated=feature.deprecated.facts if feature.deprecated else {},
        )


@contextmanager
def _leaked(path: Path | None) -> Iterator[Writer | None]:
    """Yields a writer of the rows that differ, if requested."""
    if path is None:
        yield None
    else:
        with written(path, ROWS_SCHEMA) as writer:
            yield writer
            writer.finish({})
