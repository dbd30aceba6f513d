"""Answers questions to history by brute force: each by a fold over a plain list of the events visible to it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import polars as pl
import pyarrow as pa

from dataflows.definitions import Definitions, Feature, polars_type
from dataflows.history.job import Job
from dataflows.history.spill.sharding import shards_of
from tests.support.oracle.aggregations import Expected
from tests.support.oracle.brute_force import History
from tests.support.oracle.derived_features import derive
from tests.support.oracle.event_facts import Arrival, Fact, gather

MODES = ("true", "known")


@dataclass(slots=True)
class AnsweredHistory:
    """Answers a job as the engine does; event i of `events` was published at `published[i]` (ms).

    `asked` counts the calls.
    """

    events: Sequence[Arrival]
    published: Sequence[int]
    asked: int = 0
    _seen: dict[tuple[str, str], list[tuple[int, Fact]]] = field(default_factory=dict)

    def __call__(self, job: Job, definitions: Definitions, lag_ms: int, served: Sequence[Feature] = ()) -> None:
        self.asked += 1
        self._gather(definitions, lag_ms)
        for entity_id in definitions.entity_ids:
            features = definitions.of_entity(entity_id)
            for mode in MODES:
                for shard in range(job.shards):
                    rows = self._asked_of(job, entity_id, shard)
                    path = job.answers(mode, entity_id, shard)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    _write(str(path), rows, features, self._values(features, rows, entity_id, mode), job)

    def at(
        self,
        definitions: Definitions,
        entity_id: str,
        points: Sequence[tuple[str, int]],
        mode: str = "true",
        lag_ms: int = 0,
    ) -> list[dict[str, Expected]]:
        """Returns the value of every feature at each (entity, time in ms)."""
        self._gather(definitions, lag_ms)
        rows = [(0, entity, time) for entity, time in points]
        return self._values(definitions.of_entity(entity_id), rows, entity_id, mode)

    def _gather(self, definitions: Definitions, lag_ms: int) -> None:
        self._seen = defaultdict(list)
        for published, fact in zip(self.published, gather(definitions, self.events), strict=True):
            for entity_id, entity in fact.keys.items():
                self._seen[entity_id, entity].append((published + lag_ms, fact))

    def _values(
        self, features: Sequence[Feature], rows: Sequence[tuple[int, str, int]], entity_id: str, mode: str
    ) -> list[dict[str, Expected]]:
        return derive(features, [self._value(features, entity_id, entity, time, mode) for _, entity, time in rows])

    def _value(
        self, features: Sequence[Feature], entity_id: str, entity: str, time: int, mode: str
    ) -> dict[str, Expected]:
        history = History(features)
        for known_from, fact in self._seen.get((entity_id, entity), []):
            if mode == "true" or known_from <= time:
                history.add(fact)
        return history.at(time)

    def _asked_of(self, job: Job, entity_id: str, shard: int) -> list[tuple[int, str, int]]:
        """Returns (row, id, time) of every question, or of every tick for every entity that it finds."""
        if job.ticks(entity_id).exists():
            return list(self._ticks(job, entity_id, shard))
        with pa.memory_map(str(job.questions(entity_id, shard))) as file:
            table = pa.ipc.open_file(file).read_all()
            return [(question["row"], question["id"], question["time"]) for question in table.to_pylist()]

    def _ticks(self, job: Job, entity_id: str, shard: int) -> Iterator[tuple[int, str, int]]:
        entities = [entity for kind, entity in self._seen if kind == entity_id]
        mine = [e for e in entities if shards_of(pl.Series([e]), job.shards)[0] == shard]
        for number, time in enumerate(msgspec.json.decode(job.ticks(entity_id).read_bytes())["times"]):
            for entity in mine:
                seen = self._seen[entity_id, entity]
                if any(fact.time < time for _, fact in seen):
                    yield number, entity, time


def _write(
    path: str,
    rows: Sequence[tuple[int, str, int]],
    features: Sequence[Feature],
    values: Sequence[Mapping[str, Expected]],
    job: Job,
) -> None:
    order = sorted(range(len(rows)), key=lambda place: rows[place][0])
    columns = [pl.Series("row", [rows[place][0] for place in order], pl.Int64)]
    if job.ticks(features[0].entity_id).exists():
        columns.append(pl.Series("_id", [rows[place][1] for place in order], pl.String))
    for feature in features:
        cells = [values[place][feature.feature_name].value for place in order]
        columns.append(pl.Series(feature.feature_name, cells, polars_type(feature.value_type)))
    table = pl.DataFrame(columns).to_arrow(compat_level=pl.CompatLevel.oldest())
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table, max_chunksize=3)
