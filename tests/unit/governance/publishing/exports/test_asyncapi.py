"""Tests the AsyncAPI document: valid by the published schema, and true of the messages sent and accepted."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from avro.schema import parse
from jsonschema import Draft7Validator

from dataflows.definitions import Definitions, load
from dataflows.rows.dead_letters import of_events
from dataflows.runtime.endpoints import topic_schema
from governance.publishing.exports.asyncapi import asyncapi, format_of, text_of
from tests.support.factories.definitions import ORDERS, by_hand
from tests.support.factories.order_events import decoded
from tests.support.generators.random_definitions import definitions
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.exported_documents import of_asyncapi
from tests.support.paths import ROOT

COUNT = {"source": "orders", "aggregation": "count", "value_type": "INT64", "window": "1h"}
DEAD = "persistent://public/default/headrace-dead-letters"
URL = "pulsar+ssl://broker-1:6651,broker-2:6651"


@pytest.fixture(scope="module")
def shipped() -> Definitions:
    return load(ROOT / "feature_specs")


def message(document: dict[str, Any], topic: str) -> dict[str, Any]:
    """Returns the message of a topic, by the references of the document."""
    (channel,) = (channel for channel in document["channels"].values() if channel["address"] == topic)
    (reference,) = (entry["$ref"] for entry in channel["messages"].values())
    node: Any = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return dict(node)


@pytest.mark.parametrize("url", [None, "pulsar://localhost:6650", URL])
def test_the_shipped_topics_are_a_valid_document(shipped: Definitions, url: str | None) -> None:
    document = asyncapi(shipped, DEAD, url)
    assert of_asyncapi(document) == []
    sources = {source.topic for source in shipped.sources.values()}
    assert {channel["address"] for channel in document["channels"].values()} == sources | {*shipped.topics(), DEAD}
    assert len(document.get("servers", {})) == (0 if url is None else url.count(",") + 1)


def test_a_schema_that_finds_nothing_wrong_is_none(shipped: Definitions) -> None:
    document = asyncapi(shipped, DEAD)
    del document["channels"]["feature-user_profile"]["bindings"]["pulsar"]["namespace"]
    assert of_asyncapi(document) != []


@pytest.mark.parametrize("seed", seeds(6))
def test_random_definitions_are_a_valid_document(seed: int, tmp_path: Path) -> None:
    made = definitions(rng_of(seed), tmp_path)
    document = asyncapi(made, DEAD, "pulsar://b:6650")
    assert of_asyncapi(document) == []
    for topic, features in made.topics().items():
        record = message(document, topic)["payload"]["schema"]
        parse(json.dumps(record))
        assert record == topic_schema(topic, features).definition()
        assert message(document, topic)["x-headrace-key"] == features[0].entity_id


def test_operations_say_what_headrace_does(shipped: Definitions) -> None:
    document = asyncapi(shipped, DEAD)
    acts = {
        document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]["address"]: operation["action"]
        for operation in document["operations"].values()
    }
    assert acts == {
        **{source.topic: "receive" for source in shipped.sources.values()},
        **dict.fromkeys([*shipped.topics(), DEAD], "send"),
    }


def test_topics_of_one_name_in_two_places_have_channels_of_their_own(tmp_path: Path) -> None:
    topics = ["persistent://eu/a/feature-x", "persistent://us/a/feature-x", "persistent://us/a/feature.x"]
    made = by_hand(tmp_path, **{f"f{number}": {**COUNT, "topic_name": topic} for number, topic in enumerate(topics)})
    document = asyncapi(made, DEAD, "pulsar://b:6650")
    assert of_asyncapi(document) == []
    assert {channel["address"] for channel in document["channels"].values()} >= {*topics}
    assert "bindings" not in document["servers"]["pulsar"]


EVENTS = [
    ('{"event_type": "x", "timestamp": 1, "user_id": "u"}', True),
    ('{"event_type": "x", "timestamp": 1.0, "amount": 5, "user_id": "u", "other": []}', True),
    ('{"event_type": "x", "timestamp": 1, "amount": null, "user_id": null, "item_id": "i"}', True),
    ('{"timestamp": 1, "user_id": "u"}', False),
    ('{"event_type": null, "timestamp": 1, "user_id": "u"}', False),
    ('{"event_type": "x", "timestamp": 1, "user_id": 5}', False),
    ('{"event_type": "x", "timestamp": 1, "user_id": "u", "quantity": 5.5}', False),
    ('{"event_type": "x", "timestamp": 1, "user_id": "u", "quantity": 9223372036854775808}', False),
    ('{"event_type": "x", "timestamp": 1, "user_id": "u", "gift": 1}', False),
    ("[]", False),
]


@pytest.mark.parametrize(("event", "right"), EVENTS)
def test_an_event_is_right_by_the_document_if_the_decoder_takes_it(tmp_path: Path, event: str, right: bool) -> None:
    made = by_hand(tmp_path, f=COUNT)
    payload = message(asyncapi(made, DEAD), str(ORDERS["topic"]))["payload"]
    assert Draft7Validator(payload).is_valid(json.loads(event)) is right
    assert (not decoded(made.sources["orders"], [event.encode()]).rejects) is right


def test_dead_letters_are_what_the_document_says(tmp_path: Path, shipped: Definitions) -> None:
    made = by_hand(tmp_path, f=COUNT)
    letters = [
        letter
        for event in (b"[]", b"\xff", b"{" * 300_000)
        for letter in of_events(decoded(made.sources["orders"], [event]))
    ]
    payload = message(asyncapi(shipped, DEAD), DEAD)["payload"]
    for letter in letters:
        (written,) = map(json.loads, letter.payloads)
        assert [*Draft7Validator(payload).iter_errors(written)] == []
        assert written.keys() <= payload["properties"].keys()
    assert len(letters) == 3


def test_both_texts_say_the_same_and_are_the_same_again(shipped: Definitions) -> None:
    document = asyncapi(shipped, DEAD, URL)
    as_yaml, as_json = text_of(document, "yaml"), text_of(document, "json")
    assert yaml.safe_load(as_yaml) == json.loads(as_json) == document
    assert "&id" not in as_yaml
    assert text_of(asyncapi(load(ROOT / "feature_specs"), DEAD, URL), "yaml") == as_yaml
    assert format_of(Path("a.YAML")) == "yaml"


def test_a_number_of_yaml_1_2_stays_a_text() -> None:
    """`1e10` is a number in YAML 1.2 and a text in YAML 1.1."""
    assert text_of({"version": "123456789012e456"}, "yaml") == 'version: "123456789012e456"\n'
