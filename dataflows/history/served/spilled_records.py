"""Spills the records of a feature topic to the files of their shards, and reads them back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from connectors.messages import RawBatch
from dataflows.definitions.fingerprint import digest
from dataflows.history.served.feature_topic import ID, FeatureTopic
from dataflows.history.served.record_decoder import RecordDecoder
from dataflows.history.spill import SpilledRead, parts_of_shards, readings_after, shards_of


@dataclass(frozen=True, slots=True)
class SpilledRecords:
    """Records of one partition in order; `source` names their files, columns as in the topic's schema."""

    entity_id: str
    source: str
    frame: pl.DataFrame

    def __len__(self) -> int:
        return len(self.frame)


class RecordReader:
    """Converts the messages of one topic to records, by partition; skips batches without any."""

    def __init__(self, topic: FeatureTopic) -> None:
        self._topic, self._decoder = topic, RecordDecoder(topic)

    def __call__(self, batch: RawBatch) -> SpilledRead[SpilledRecords]:
        """Returns the records of a batch, and the position of its partition after it."""
        frame = self._decoder(batch)
        records = SpilledRecords(self._topic.entity_id, f"{self._topic.stem}.{digest(batch.partition)}", frame)
        return SpilledRead((records,) if len(frame) else (), readings_after(self._topic.name, [batch]))


def arrow_of_records(parts: Sequence[SpilledRecords], shards: int) -> pa.RecordBatch:
    """Sorts records of one partition by shard, with the shards' starts in the schema's metadata."""
    frame = pl.concat([part.frame for part in parts])
    shard = shards_of(frame.get_column(ID), shards)
    table = frame[np.argsort(shard, kind="stable")].to_arrow(compat_level=pl.CompatLevel.oldest())
    starts = np.concatenate([[0], np.cumsum(np.bincount(shard, minlength=shards))])
    (batch,) = table.combine_chunks().to_batches()
    return batch.replace_schema_metadata({"starts": json.dumps(starts.tolist())})


def read_records(folder: Path, topic: FeatureTopic, shard: int) -> pl.DataFrame:
    """Returns the records of a shard, partition after partition, each in order."""
    paths, alone = sorted((folder / topic.entity_id).glob(f"{topic.stem}.*.arrow")), range(shard, shard + 1)
    parts = [part for path in paths for part in parts_of_shards(path, alone)]
    frames = [pl.DataFrame(pa.Table.from_batches([part])) for part in parts]
    return pl.concat(frames) if frames else pl.DataFrame(schema=topic.schema)
