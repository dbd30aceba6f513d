"""Tests `headrace replay --topics` on a real broker: every row on the feature topics, the last ones in Redis."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from connectors.pulsar import PulsarConnection, PulsarHistory, extent_of
from dataflows.definitions import Definitions, load
from tests.support.broker.topics import topic_of
from tests.support.factories.datasets import NOON, on_time, order, shop_definitions
from tests.support.factories.topics.archived_topic import read_on
from tests.support.oracle.equality import same
from tests.support.programs.command_line import headrace
from tests.support.services.redis_rows import read_entity

EVENTS = [order(f"u{number % 7}", NOON + number * 1_000, float(number % 11), f"i{number % 3}") for number in range(300)]
PREFIX = "replayed"


@pytest.fixture
def definitions(
    pulsar: PulsarConnection, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Definitions:
    """Publishes the shop's events to unique topics: users' events are in both partitions."""
    shop_definitions(tmp_path / "specs")
    events = [msgspec.json.encode(event) for _, event in EVENTS]
    topics = {
        "persistent://public/default/raw-order-events": topic_of(pulsar, "replayed", events, 2),
        "persistent://public/default/feature-user": topic_of(pulsar, "replayed-user", [], 2),
        "persistent://public/default/feature-item": topic_of(pulsar, "replayed-item", [], 2),
    }
    for path in (tmp_path / "specs").rglob("*.yaml"):
        text = path.read_text()
        for name, own in topics.items():
            text = text.replace(name, own)
        path.write_text(text)
    settings = {"SPECS": str(tmp_path / "specs"), "VAR": str(tmp_path / "var"), "REDIS_URL": redis_url}
    settings |= {"PULSAR_URL": pulsar.url, "PULSAR_ADMIN_URL": pulsar.admin_url, "REDIS_PREFIX": PREFIX}
    for name, value in settings.items():
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    monkeypatch.chdir(tmp_path)
    return load(tmp_path / "specs")


def records(pulsar: PulsarConnection, topic: str) -> list[dict[str, Any]]:
    source = PulsarHistory(topic, pulsar, extent_of(topic, pulsar))
    batches = [batch for name in source.list_parts() for batch in read_on(source, name)[0]]
    return [json.loads(payload) for batch in batches for payload in batch.payloads]


def test_every_row_is_on_the_topic_and_right_at_its_time(
    pulsar: PulsarConnection, definitions: Definitions, redis_url: str
) -> None:
    result = headrace("replay", "--topics")
    assert result.exit_code == 0, result.output
    assert "replayed 300 events" in result.output
    topics = {features[0].entity_id: topic for topic, features in definitions.topics().items()}
    of_user = records(pulsar, topics["user_id"])
    questions = [(record["user_id"], record["as_of"]) for record in of_user]
    assert {(user, as_of) for user, as_of in questions} >= {
        (str(e["user_id"]), int(str(e["timestamp"])) + 1) for _, e in EVENTS
    }
    expected = on_time(*EVENTS).at(definitions, "user_id", questions)
    for record, values in zip(of_user, expected, strict=True):
        for feature in definitions.of_entity("user_id"):
            name = feature.feature_name
            assert same(values[name], record[name], feature.value_type), (record, name)
    newest = {record["user_id"]: record for record in sorted(of_user, key=lambda row: (row["as_of"], row["seq"]))}
    with redis.Redis.from_url(redis_url, decode_responses=True) as store:
        for user, record in newest.items():
            row = read_entity(store, PREFIX, "user", user)
            assert not row or (int(row["_as_of"]), int(row["_seq"])) == (record["as_of"], record["seq"])


def test_without_the_option_topics_stay_empty(pulsar: PulsarConnection, definitions: Definitions) -> None:
    assert headrace("replay").exit_code == 0
    for topic in definitions.topics():
        assert all(extent.first == extent.end for extent in extent_of(topic, pulsar).values())
