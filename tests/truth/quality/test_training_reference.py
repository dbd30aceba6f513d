"""Tests a model's training set, made by Headrace, as the reference of the same features while they are served."""

from functools import partial
from pathlib import Path

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.embedded.topics import append
from dataflows.definitions import Definitions, load
from dataflows.history.datasets import training_set
from reports.records import FeatureReport
from reports.rendering.interval_page import page
from reports.verdict import interval_of
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.quality.closed_reports import INTERVAL_S, LENGTH_MS, of_features
from tests.support.dataflow.runs import replayed
from tests.support.factories.datasets import DAY, NOON, order, shop_definitions
from tests.support.factories.definitions import write
from tests.support.generators.seeds import rng_of
from tests.support.oracle.event_facts import Arrival

pytestmark = pytest.mark.long

USERS, HOURS = 400, 9
NAME = "data set train.parquet of fraud_v1"


def events(seed: int, mean: float, start: int) -> list[Arrival]:
    """Returns an order of each user in every second hour: the one before has left the window of an hour."""
    rng = rng_of(seed)
    times = (start + 2 * hour * LENGTH_MS + user * 8_000 for hour in range(HOURS) for user in range(USERS))
    return [order(f"u{number % USERS}", time, float(rng.normal(mean, 5.0))) for number, time in enumerate(times)]


def trained_on(topics: Path, orders: list[Arrival]) -> pa.Table:
    """Publishes orders; returns a training set that asks after each of them."""
    topic, later = "persistent://public/default/raw-order-events", partial(int, NOON + DAY)
    append(topics, topic, ["k"] * len(orders), [msgspec.json.encode(event) for _, event in orders], later)
    asked = [(str(event["user_id"]), int(str(event["timestamp"])) + 1) for _, event in orders]
    spine = pl.DataFrame(asked, schema=["user_id", "time"], orient="row")
    return training_set(spine, entity="user_id", time="time", features="user_spend_1h", as_="arrow")


@pytest.fixture
def definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Definitions:
    """Returns the shop, with a feature set whose training set is of orders of about 50.

    It asks at the times when a row is judged: after each order.
    """
    specs = tmp_path / "specs"
    shop_definitions(specs)
    monkeypatch.setenv("HEADRACE_SPECS", str(specs))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path / "var"))
    pq.write_table(trained_on(tmp_path / "var" / "topics", events(1, 50.0, NOON)), tmp_path / "train.parquet")
    known = {"set_name": "fraud_v1", "version": 1, "owner": "risk@example.com", "description": "For the fraud model"}
    write(
        specs / "sets" / "fraud_v1.yaml",
        {**known, "features": ["user_spend_1h"], "reference": str(tmp_path / "train.parquet")},
    )
    return load(specs)


def judged(definitions: Definitions, mean: float) -> Left:
    orders = events(2, mean, NOON)
    batches = [
        raw_batch("0", [event for _, event in orders[start : start + 100]]) for start in range(0, len(orders), 100)
    ]
    return replayed(definitions, {"orders": [batches]}, judged=True, interval_s=INTERVAL_S)


def spend(left: Left) -> list[FeatureReport]:
    """Returns the reports of the hours with orders."""
    found = [report for (name, _), report in sorted(of_features(left).items()) if name == "user_spend_1h"]
    return [report for report in found if report.summary.rows]


def test_values_that_have_moved_since_training_are_told_by_the_name_of_the_data_set(definitions: Definitions) -> None:
    """They have been so since the run began, so earlier intervals reveal nothing."""
    left = judged(definitions, 80.0)
    (alert,) = [alert for alert in left.alerts if alert.feature == "user_spend_1h"]
    assert f"in {NAME} (" in alert.summary and (alert.rule, alert.state) == ("drift", "firing")
    report = spend(left)[HOURS - 2]
    assert report.status == "firing" and NAME in report.note
    assert not any(score.over for score in report.scores if score.against == "reference")
    shown = page(interval_of(report.start_ms, report.end_ms, [report], []))
    assert f"against the {NAME}" in shown


def test_values_as_trained_are_calm(definitions: Definitions) -> None:
    left = judged(definitions, 50.0)
    assert not [alert for alert in left.alerts if alert.feature]
    scores = [score for report in spend(left) for score in report.scores if score.against == NAME]
    assert scores and not any(score.over for score in scores)
