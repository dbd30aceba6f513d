"""Tests values served by feature topics of a real broker: records with a schema, against a plain reader as the
oracle."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pulsar as client
import pytest

from connectors.pulsar import PulsarConnection
from dataflows.definitions import Definitions, load
from dataflows.runtime.endpoints import topic_schema
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, live_topics
from tests.support.broker.topics import topic_of
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, raw_batch
from tests.support.dataflow.runs import lived
from tests.support.factories.datasets import NOON, order, shop_definitions
from tests.support.programs.command_line import headrace

EVENTS = [order(f"u{number % 7}", NOON + number * 1_000, float(number % 11)) for number in range(200)]
COMMAND = ("dataset", "--spine", "labels.parquet", "--entity", "user_id", "--time", "time", "--mode", "served")
PARTITIONS = 2


@pytest.fixture
def definitions(pulsar: PulsarConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Definitions:
    """Publishes the shop's raw events to unique topics."""
    shop_definitions(tmp_path / "specs")
    events = [msgspec.json.encode(event) for _, event in EVENTS]
    topics = {
        "persistent://public/default/raw-order-events": topic_of(pulsar, "raw", events),
        "persistent://public/default/feature-user": topic_of(pulsar, "feature-user", [], PARTITIONS),
    }
    for path in (tmp_path / "specs").glob("*/*.yaml"):
        text = path.read_text()
        for name, own in topics.items():
            text = text.replace(f"{name}\n", f"{own}\n").replace(f'"{name}"', own).replace(f"'{name}'", own)
        path.write_text(text)
    for name, value in (("SPECS", str(tmp_path / "specs")), ("VAR", str(tmp_path / "var")), ("PULSAR_URL", pulsar.url)):
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", pulsar.admin_url)
    monkeypatch.chdir(tmp_path)
    return load(tmp_path / "specs")


def run(definitions: Definitions, pulsar: PulsarConnection) -> None:
    """Runs live over all events in batches, with feature topics on the broker."""
    mode = RunMode(False, False, lambda: False, lambda: NOON)
    topics = live_topics(Settings(pulsar_url=pulsar.url, pulsar_admin_url=pulsar.admin_url), mode)
    features = definitions.topics()
    batches = [raw_batch("0", [event for _, event in EVENTS[start : start + 9]]) for start in range(0, len(EVENTS), 9)]
    lived(
        definitions,
        {"orders": [batches]},
        topic_of=lambda topic, _: topics.sink(topic, SINK_PARTITIONS, topic_schema(topic, features[topic])),
    )


def records(pulsar: PulsarConnection, topic: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields publish time and record of each message, partition after partition."""
    connection = client.Client(pulsar.url, logger=client.ConsoleLogger(client.LoggerLevel.Error))
    try:
        for number in range(PARTITIONS):
            reader = connection.create_reader(f"{topic}-partition-{number}", client.MessageId.earliest)
            while reader.has_message_available():
                message = reader.read_next(10_000)
                yield message.publish_timestamp(), json.loads(message.data())
    finally:
        connection.close()


def test_values_are_those_of_the_last_record_and_stay_so(definitions: Definitions, pulsar: PulsarConnection) -> None:
    run(definitions, pulsar)
    (topic,) = {feature.topic_name for feature in definitions.of_entity("user_id")}
    on_topic = list(records(pulsar, topic))
    times = sorted({published for published, _ in on_topic})
    rows = [(f"u{user}", time + beside) for time in times for beside in (-1, 0, 1) for user in range(9)]
    pl.DataFrame(rows, schema=["user_id", "time"], orient="row").write_parquet("labels.parquet")
    made = headrace(*COMMAND, "--out", "served.parquet")
    assert made.exit_code == 0, made.output
    table = pl.read_parquet("served.parquet")
    assert table.select("user_id", "time").rows() == rows
    expected = [_held(on_topic, user, time) for user, time in rows]
    for name in (feature.feature_name for feature in definitions.of_entity("user_id")):
        assert table.get_column(name).to_list() == [record.get(name) for record in expected]
    run(definitions, pulsar)
    assert headrace("dataset", "--verify", "served.parquet").exit_code == 0
    assert headrace("dataset", "--rebuild", "served.parquet").exit_code == 0


def _held(on_topic: list[tuple[int, dict[str, Any]]], user: str, time: int) -> dict[str, Any]:
    mine = [(published, record) for published, record in on_topic if record["user_id"] == user and published <= time]
    newest = max((published for published, _ in mine), default=0)
    return next((record for published, record in reversed(mine) if published == newest), {})
