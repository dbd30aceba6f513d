"""Compares both sides of a change over given batches: the report, and the pairs behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from dataflows.definitions.loader import Definitions, Source
from dataflows.history import ActiveRowSelector, Job, execution_of
from dataflows.runtime.settings import Settings
from governance.changes.comparison import Comparison, DataComparison, compared_features, comparison_of, report_of
from governance.changes.comparison.events import EventFiles
from governance.changes.comparison.sides import origin_of
from governance.changes.planning import plan
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, Batches, Partitions

SHARDS = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of a comparison; the rows of pairs by entity id."""

    comparison: Comparison
    report: DataComparison
    pairs: Mapping[str, pl.DataFrame]


def compared(
    before: Definitions,
    after: Definitions,
    partitions: Partitions,
    folder: Path,
    asked: ActiveRowSelector,
) -> Compared:
    """Folds both sides over the batches of each source. Raises the errors of `comparison_of` and `report_of`."""
    features = compared_features(plan(before, after).changes, before, after)
    every = EventFiles(dict.fromkeys({*before.sources, *after.sources}, folder))
    comparison = comparison_of(features, before, after, every)
    work = comparison.work(Job(folder / "job", SHARDS), {}, asked)
    settings = Settings(shards=SHARDS, sink_partitions=SINK_PARTITIONS)
    execution = replace(execution_of(settings, lambda: 0, lambda flow: flow, lambda: False), most_together=1)

    def source_of(source: Source) -> Batches:
        return Batches(partitions.get(origin_of(source.name), ()), lambda _: None)

    assert work.fold(source_of, execution)
    report = report_of(comparison, work, {})
    return Compared(
        comparison,
        report,
        {entity_id: _pairs(work.job, entity_id) for entity_id in comparison.joint.definitions.entity_ids},
    )


def _pairs(job: Job, entity_id: str) -> pl.DataFrame:
    paths = sorted(job.active(entity_id).glob("*.arrow"))
    return pl.concat([pl.read_ipc(path) for path in paths]) if paths else pl.DataFrame()
