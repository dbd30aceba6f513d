"""Tests all entities at given times: in pieces or whole, rows and values equal brute force."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from connectors.embedded.topics import append
from dataflows.history import execution_of
from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.history_fold import HistoryFold
from dataflows.history.datasets.questions import select
from dataflows.history.datasets.questions.ticks import Ticks
from dataflows.history.datasets.request import DatasetRequest, sha256_of
from dataflows.history.datasets.table import ValueMode, answers
from dataflows.history.job import Job
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode
from tests.support.factories.datasets import DAY, HOUR, NOON, Shop, order, shop_in
from tests.support.generators.random_streams import payloads
from tests.support.generators.seeds import rng_of, seeds, some
from tests.support.oracle.answered_history import AnsweredHistory
from tests.support.oracle.equality import same

pytestmark = pytest.mark.long

EVENTS, ENTITIES, TICKS, LAG_MS = 300, 25, 40, 60_000
TOPIC = "persistent://public/default/raw-order-events"


@pytest.mark.parametrize("most", some([1, 60, 100_000]))
@pytest.mark.parametrize("mode", some(["known", "true"]))
@pytest.mark.parametrize("seed", seeds(3))
def test_rows_and_values_are_those_of_brute_force(
    seed: int, mode: ValueMode, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "ROWS_AHEAD", 3)
    monkeypatch.setattr("dataflows.history.shards.answer_files.ROWS_PER_BATCH", 4)
    rng = rng_of(seed)
    history = _history(rng)
    shop = shop_in(tmp_path, history)
    for (_, event), published_ms in zip(history.events, history.published, strict=True):
        append(tmp_path / "var" / "topics", TOPIC, ["k"], payloads([event]), partial(int, published_ms))
    ticks = Ticks("user_id", tuple(np.unique(NOON + rng.integers(-HOUR, 60 * HOUR, TICKS)).tolist()))
    made = _made(shop, ticks, mode, most)
    points = list(zip(made["user_id"].to_list(), made["time"].cast(pl.Int64).to_list(), strict=True))
    assert points == _expected_rows(history, ticks)
    expected = history.at(shop.definitions, "user_id", points, mode, LAG_MS)
    wrong = [
        (point, feature.feature_name)
        for feature in shop.definitions.of_entity("user_id")
        for point, values, value in zip(points, expected, made[feature.feature_name].to_list(), strict=True)
        if not same(values[feature.feature_name], value, feature.value_type)
    ]
    assert wrong == []


def _history(rng: np.random.Generator) -> AnsweredHistory:
    """Returns a history in which some events come hours later."""
    times = np.sort(NOON + rng.integers(0, 50 * HOUR, EVENTS)).tolist()
    events = [order(f"u{rng.integers(ENTITIES)}", time, float(rng.integers(100)) / 4) for time in times]
    published = [time + int(rng.choice([0, 1, LAG_MS, 9 * HOUR])) for time in times]
    placed = np.argsort(published, kind="stable").tolist()
    return AnsweredHistory([events[place] for place in placed], [published[place] for place in placed])


def _made(shop: Shop, ticks: Ticks, mode: ValueMode, most: int) -> pl.DataFrame:
    selection = select(shop.definitions, ["user_id"])
    request = DatasetRequest(selection, {}, ticks, sha256_of(ticks), mode, LAG_MS)
    settings = Settings(var=shop.var)
    execution = execution_of(settings, lambda: NOON + 9 * DAY, lambda flow: flow, lambda: False)
    running = RunMode(bounded=True, checkpointed=False, stopping=lambda: False, now=lambda: NOON + 9 * DAY)
    fold = HistoryFold(settings, running, replace(execution, most_together=most))
    table = DatasetBuilder(Job(shop.var / f"{mode}-{most}", shards=3), fold, lambda: NOON).to_table(request)
    table.combine_chunks().validate(full=True)
    return pl.DataFrame(table)


def _expected_rows(history: AnsweredHistory, ticks: Ticks) -> list[tuple[str, int]]:
    """Returns for each time the entities with an event before it, by id."""
    seen = [(str(event["user_id"]), int(str(event["timestamp"]))) for _, event in history.events]
    return [(user, tick) for tick in ticks.times for user in sorted({user for user, time in seen if time < tick})]
