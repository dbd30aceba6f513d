"""Tests values served by feature topics: a live run of random definitions, its records read by hand, a scan per
question.

The oracle shares nothing with the engine: it reads the topic's files as JSON, and takes for each entity the last record
published at or before the time; among those of one ms, the last one.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from connectors.embedded.topics import LogSink, append
from dataflows.definitions import Definitions
from dataflows.history.datasets import training_set
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS
from tests.support.dataflow.runs import lived
from tests.support.generators.random_streams import payloads
from tests.support.generators.seeds import fresh_seed, rng_of, some
from tests.support.oracle.scenarios import World, newest, partitions, world
from tests.support.oracle.training_values import close, json_values

pytestmark = pytest.mark.long

QUESTIONS = 500
SEEDS = some((None, 3, 4))


@dataclass(slots=True)
class Topics:
    """The records of all feature topics, by topic and entity: publish time and record, in the order of a partition."""

    records: dict[tuple[str, str], list[tuple[int, dict[str, Any]]]] = field(default_factory=dict)

    def held(self, topic: str, entity: str | None, time: int) -> dict[str, Any]:
        newest_record: tuple[int, dict[str, Any]] = (-1, {})
        for published, record in self.records.get((topic, entity or ""), []):
            if newest_record[0] <= published <= time:
                newest_record = published, record
        return newest_record[1]


@dataclass(frozen=True, slots=True)
class Lived:
    """Definitions, and a live run's output on its topics."""

    definitions: Definitions
    topics: Topics
    rng: np.random.Generator


@pytest.fixture(params=SEEDS)
def run(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lived:
    seed = fresh_seed() if request.param is None else request.param
    made, rng, root = world(seed, tmp_path, rows=400, mean_rows=12), rng_of(seed), tmp_path / "var" / "topics"
    _publish(root, made)

    def sink(topic: str, clock: Any) -> LogSink:
        """Publishes records when they are made or a little later; many in the same ms."""
        return LogSink(
            root,
            topic,
            partitions=SINK_PARTITIONS,
            stopping=lambda: False,
            clock=lambda: clock() + int(rng.choice([0, 0, 1, 700, 90_000])),
        )

    lived(made.definitions, partitions(made, 1), topic_of=sink)
    monkeypatch.setenv("HEADRACE_SPECS", str(tmp_path / f"specs-{seed}"))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path / "var"))
    return Lived(made.definitions, _read(root, made.definitions), rng)


def test_every_value_is_that_of_the_last_record(run: Lived) -> None:
    spine = _spine(run)
    made = training_set(spine, entity=run.definitions.entity_ids, time="time", mode="served", as_="arrow")
    true = training_set(spine, entity=run.definitions.entity_ids, time="time")
    expected = {
        feature.feature_name: _expected(run, spine, feature.feature_name) for feature in run.definitions.features
    }
    frame = pl.DataFrame(made)
    assert frame.select(spine.columns).equals(spine)
    assert [name for name, values in expected.items() if json_values(frame, name) != values] == []
    assert any(value is not None for values in expected.values() for value in values)
    skew = {
        feature["feature"]: feature["differing"] for feature in json.loads(made.schema.metadata[b"headrace"])["skew"]
    }
    assert skew == {name: _apart(json_values(true, name), values) for name, values in expected.items()}


def test_without_a_spine_every_entity_is_asked_that_had_a_record(run: Lived) -> None:
    topics = {feature.topic_name for feature in run.definitions.of_entity("user_id")}
    of_users = [(key, rows) for key, rows in run.topics.records.items() if key[0] in topics]
    times = [published for _, rows in of_users for published, _ in rows]
    first, last = min(times), max(times)
    every = (last - first) // 7000 * 1000 + 1000
    made = training_set(entity="user_id", every=f"{every // 1000}s", start=first, end=last, mode="served")
    expected = [
        (entity, tick)
        for tick in range(first, last + 1, every)
        for entity in sorted({key[1] for key, rows in of_users if min(published for published, _ in rows) <= tick})
    ]
    spine = made.select("user_id", pl.col("time").dt.epoch("ms"))
    assert spine.rows() == expected
    for feature in run.definitions.of_entity("user_id"):
        assert json_values(made, feature.feature_name) == _expected(run, spine, feature.feature_name)


def _publish(root: Path, made: World) -> None:
    """Publishes the events as the live run saw them."""
    for batch in made.batches:
        topic = made.definitions.sources[batch[0][0]].topic
        append(root, topic, ["k"] * len(batch), payloads([event for _, event in batch]), partial(newest, batch))


def _read(root: Path, definitions: Definitions) -> Topics:
    topics = Topics()
    for topic in {feature.topic_name for feature in definitions.features}:
        (entity_id,) = {feature.entity_id for feature in definitions.features if feature.topic_name == topic}
        for line in _lines(root.joinpath(*topic.removeprefix("persistent://").split("/"))):
            topics.records.setdefault((topic, line["v"][entity_id]), []).append((line["t"], line["v"]))
    return topics


def _lines(topic: Path) -> Iterator[dict[str, Any]]:
    for partition in sorted(path for path in topic.iterdir() if path.is_dir()):
        for segment in sorted(partition.iterdir()):
            yield from map(json.loads, segment.read_text().splitlines())


def _spine(run: Lived) -> pl.DataFrame:
    """Returns questions when records were published, 1 ms beside that, and anywhere."""
    times = [published for rows in run.topics.records.values() for published, _ in rows]
    asked = run.rng.choice(times, QUESTIONS) + run.rng.choice([-1, 0, 0, 1, 40_000, -10_000_000_000], QUESTIONS)
    users = [None if number == 7 else f"u{number}" for number in run.rng.integers(0, 8, QUESTIONS)]
    items = [None if number == 6 else f"i{number}" for number in run.rng.integers(0, 7, QUESTIONS)]
    return pl.DataFrame({"user_id": users, "time": asked, "item_id": items})


def _expected(run: Lived, spine: pl.DataFrame, name: str) -> list[Any]:
    (feature,) = [feature for feature in run.definitions.features if feature.feature_name == name]
    points = spine.select(feature.entity_id, "time").rows()
    return [run.topics.held(feature.topic_name, entity, time).get(name) for entity, time in points]


def _apart(true: Sequence[Any], served: Sequence[Any]) -> int:
    return sum(not close(known, other) for known, other in zip(true, served, strict=True))
