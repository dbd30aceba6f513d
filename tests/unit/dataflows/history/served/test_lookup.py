"""Tests the last record published by a given time, and jobs stopped anywhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from connectors.embedded.topics import TopicRetention, append
from dataflows.definitions import Definitions
from dataflows.history import Job, execution_of, part_of
from dataflows.history.datasets.history_fold import HistoryFold, JobStopped
from dataflows.history.datasets.questions.questions import KeyedSpine, SpineColumns, write_questions
from dataflows.history.datasets.spine import TableSpine
from dataflows.history.folding import Questions
from dataflows.history.served.lookup import last_published
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode
from tests.support.factories.datasets import NOON, shop_definitions
from tests.support.generators.seeds import fresh_seed, rng_of

pytestmark = pytest.mark.long

USERS, RECORDS = 40, 900
LATER = NOON + 86_400_000
TOPIC = "persistent://public/default/feature-user"


def records(*rows: tuple[str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"_id": pl.String, "_time": pl.Int64, "value": pl.Int64}, orient="row")


def asked(*points: tuple[str, int]) -> Questions:
    ids, times = pl.Series([entity for entity, _ in points], dtype=pl.String), np.array([time for _, time in points])
    return Questions(np.arange(len(points)), ids, times.astype(np.int64))


def test_the_last_record_published_by_then_counts() -> None:
    places = last_published(
        asked(("a", 6), ("a", 4), ("b", 5), ("a", 5)), records(("a", 5, 1), ("a", 9, 2), ("b", 6, 3))
    )
    assert places.get_column("value").to_list() == [1, None, None, 1]


def test_of_one_ms_the_later_position_counts() -> None:
    places = last_published(asked(("a", 5)), records(("a", 5, 2), ("a", 5, 1), ("a", 3, 9)))
    assert places.get_column("value").to_list() == [1]


def test_without_records_all_is_null() -> None:
    assert last_published(asked(("a", 5)), records()).get_column("value").to_list() == [None]


@dataclass(slots=True)
class Stopping:
    """Stops a job after being asked so many times."""

    left: int

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@dataclass(frozen=True, slots=True)
class Shop:
    """Records of users on a feature topic of three partitions, a dozen published in each ms, and questions."""

    var: Path
    definitions: Definitions
    spine: KeyedSpine

    def answered(self, folder: str, stops: Iterator[int]) -> pl.DataFrame:
        """Returns the answers of a job that is stopped again and again."""
        job, again = Job(self.var / folder), True
        write_questions(job, self.spine)
        for after in chain(stops, [1 << 62]):
            again = again and not self._done(job, Stopping(after))
        paths = [path for shard in range(job.shards) if (path := job.answers("served", "user_id", shard)).exists()]
        return pl.concat([pl.read_ipc(path) for path in paths]).sort("row")

    def _done(self, job: Job, stopping: Callable[[], bool]) -> bool:
        settings = Settings(var=self.var, batch_rows=40, rows_per_epoch=80)
        execution = execution_of(settings, lambda: LATER, lambda flow: flow, stopping)
        fold = HistoryFold(settings, RunMode(True, False, stopping, lambda: LATER), execution)
        features = self.definitions.of_entity("user_id")
        try:
            fold(job, self.definitions, 0, features)
        except JobStopped:
            return False
        return True


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    rng = rng_of(fresh_seed())
    users = [f"u{number}" for number in rng.integers(0, USERS, RECORDS)]
    rows = [msgspec.json.encode({"user_id": user, "user_orders_1d": place}) for place, user in enumerate(users)]
    for first in range(0, RECORDS, 12):
        part, clock = slice(first, first + 12), partial(int, NOON + first)
        append(tmp_path / "topics", TOPIC, users[part], rows[part], clock, keeping=TopicRetention(partitions=3))
    asked_of = [f"u{number}" for number in rng.integers(0, USERS + 2, RECORDS)]
    spine = pa.table({"user_id": asked_of, "time": NOON + rng.integers(-50, RECORDS, RECORDS)})
    keyed = KeyedSpine(TableSpine(spine), SpineColumns("time", {"user_id": "user_id"}))
    return Shop(tmp_path, part_of(shop_definitions(tmp_path / "specs"), ["user_orders_1d"]), keyed)


def test_a_job_that_is_stopped_again_and_again_gives_the_same(shop: Shop) -> None:
    whole = shop.answered("whole", iter(()))
    assert 0 < whole.get_column("user_orders_1d").null_count() < len(whole) == RECORDS
    rng = rng_of(fresh_seed())
    assert shop.answered("stopped", iter(rng.integers(1, 150, 12).tolist())).equals(whole)
