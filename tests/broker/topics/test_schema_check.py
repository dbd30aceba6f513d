"""Tests that workers check schemas on a real broker before they write: `off`, `warn` and `enforce`."""

import json
import logging
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.messages import Outgoing
from connectors.pulsar import (
    BrokerAway,
    PulsarAdmin,
    PulsarConnection,
    PulsarSink,
    PulsarSource,
    SchemaVersions,
    TopicName,
    TopicSchema,
    UnregisteredSchema,
    publish,
    register,
    writable_schema,
)
from dataflows.definitions import load
from dataflows.runtime.endpoints import topic_schema
from tests.support.broker.readers import everything
from tests.support.broker.topics import admin_call, fresh_topic, set_schema_strategy, topic_of
from tests.support.programs.command_line import ORDERS, SPENT
from tests.support.programs.worker import Worker
from tests.support.services.ports import free_port

NULLABLE, LONG = ["null", "double"], ["null", "long"]
BOTH: list[dict[str, Any]] = [{"spend": NULLABLE}, {"spend": NULLABLE, "n": LONG}]
MISSING = "the record of these definitions is not registered: "
HINT = "; run `headrace register`, or start with the definitions that are registered"


def record(*, order: Sequence[str] = (), doc: str = "", **fields: Any) -> dict[str, Any]:
    listed = [{"name": name, "type": fields[name], "default": None, "doc": doc} for name in order or fields]
    return {"type": "record", "name": "row", "fields": listed}


def schema(owner: str = "risk", **fields: Any) -> TopicSchema:
    return TopicSchema("row", record(**fields), {"owner": owner})


def records(pulsar: PulsarConnection, topic: str) -> list[bytes]:
    return [*chain.from_iterable(everything(PulsarSource(topic, pulsar, bounded=True)).values())]


def numbers(pulsar: PulsarConnection, topic: str) -> list[int]:
    return [version.number for version in SchemaVersions(pulsar).all(topic)]


def written(pulsar: PulsarConnection, topic: str, chosen: TopicSchema) -> None:
    """Connects a producer, at which point the broker checks a schema, and sends a record."""
    sink = PulsarSink(topic, pulsar, 1, chosen).build_part("out", "0", None)
    sink.write_batch([Outgoing(["u1"], [b"{}"])])
    sink.snapshot()
    sink.close()


def evolving(pulsar: PulsarConnection, topic: str, allowed: bool) -> None:
    """Sets whether a producer may bring a new schema."""
    set_schema_strategy(pulsar, topic, "ALWAYS_COMPATIBLE" if allowed else "ALWAYS_INCOMPATIBLE")


@pytest.mark.parametrize("check", ["warn", "enforce"])
def test_what_is_registered_is_written_without_a_word(
    pulsar: PulsarConnection, caplog: pytest.LogCaptureFixture, check: Any
) -> None:
    topic = topic_of(pulsar, "known", [])
    register(pulsar, topic, schema(spend=NULLABLE))
    register(pulsar, topic, schema(spend=NULLABLE, n=LONG))
    for fields in BOTH:
        written(pulsar, topic, writable_schema(pulsar, topic, schema(**fields), check))
    assert numbers(pulsar, topic) == [0, 1]
    assert caplog.text == ""


def test_enforce_takes_what_is_registered_although_its_description_and_owner_differ(pulsar: PulsarConnection) -> None:
    """The producer brings the registered schema itself: a broker that accepts no new one accepts this one."""
    topic = topic_of(pulsar, "described", [])
    register(pulsar, topic, schema(doc="before", spend=NULLABLE, n=LONG))
    evolving(pulsar, topic, allowed=False)
    other = schema("fraud", doc="after", order=("n", "spend"), spend=NULLABLE, n=LONG)
    written(pulsar, topic, writable_schema(pulsar, topic, other, "enforce"))
    assert numbers(pulsar, topic) == [0]
    assert records(pulsar, topic) == [b"{}"]


@pytest.mark.parametrize(
    ("fields", "difference"),
    [
        (
            {"spend": NULLABLE, "more": LONG},
            "field more is not in version 1; field n of version 1 is not in the record",
        ),
        (
            {"spend": NULLABLE, "n": NULLABLE},
            'field n is ["null", "long"] default null in version 1 and ["null", "double"] default null in the record',
        ),
    ],
)
def test_enforce_refuses_what_is_not_registered(
    pulsar: PulsarConnection, fields: dict[str, Any], difference: str
) -> None:
    topic = topic_of(pulsar, "unknown", [])
    register(pulsar, topic, schema(spend=NULLABLE))
    register(pulsar, topic, schema(spend=NULLABLE, n=LONG))
    with pytest.raises(UnregisteredSchema) as refused:
        writable_schema(pulsar, topic, schema(**fields), "enforce")
    assert str(refused.value).startswith(f"topic {topic}: {MISSING}{difference}")
    assert str(refused.value).endswith(HINT)
    assert numbers(pulsar, topic) == [0, 1]


def test_a_topic_without_a_schema_or_that_is_not_there(pulsar: PulsarConnection) -> None:
    missing = fresh_topic("missing")
    for topic in (topic_of(pulsar, "bare", []), missing):
        with pytest.raises(
            UnregisteredSchema, match="is not registered: the topic has no schema; run `headrace register`"
        ):
            writable_schema(pulsar, topic, schema(spend=NULLABLE), "enforce")
    assert PulsarAdmin(pulsar).partitions(missing) is None


def test_another_kind_of_schema_is_named(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "avro", [])
    body = {"type": "AVRO", "schema": json.dumps(record(spend=NULLABLE)), "properties": {}}
    admin_call(pulsar, "POST", f"schemas/{TopicName.parse(topic).path}/schema", body)
    with pytest.raises(UnregisteredSchema, match="version 0 is of type AVRO, not JSON"):
        writable_schema(pulsar, topic, schema(spend=NULLABLE), "enforce")


def test_a_deleted_schema_does_not_count(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "deleted", [])
    register(pulsar, topic, schema(spend=NULLABLE))
    admin_call(pulsar, "DELETE", f"schemas/{TopicName.parse(topic).path}/schema")
    with pytest.raises(UnregisteredSchema):
        writable_schema(pulsar, topic, schema(spend=NULLABLE), "enforce")


def test_warn_says_it_once_and_registers(pulsar: PulsarConnection, caplog: pytest.LogCaptureFixture) -> None:
    topic = topic_of(pulsar, "warned", [])
    assert writable_schema(pulsar, topic, schema(spend=NULLABLE), "warn") == schema(spend=NULLABLE)
    assert caplog.text == ""  # a new topic, where nothing is registered
    wider = schema(spend=NULLABLE, n=LONG)
    for _ in range(2):
        written(pulsar, topic, writable_schema(pulsar, topic, wider, "warn"))
    (line,) = caplog.records
    assert line.levelno == logging.WARNING
    assert f"topic {topic}: {MISSING}field n is not in version 0" in line.getMessage()
    assert numbers(pulsar, topic) == [0, 1]


def test_off_registers_without_a_word(pulsar: PulsarConnection, caplog: pytest.LogCaptureFixture) -> None:
    topic = topic_of(pulsar, "off", [])
    for fields in BOTH:
        writable_schema(pulsar, topic, schema(**fields), "off")
    assert (numbers(pulsar, topic), caplog.text) == ([0, 1], "")


def test_a_wrong_address_is_told_as_elsewhere(pulsar: PulsarConnection) -> None:
    nowhere = PulsarConnection(pulsar.url, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(BrokerAway, match="HEADRACE_PULSAR_ADMIN_URL"):
        writable_schema(nowhere, fresh_topic("away"), schema(spend=NULLABLE), "enforce")


class Shop:
    """A worker over a unique topic on the broker, with one order."""

    def __init__(self, worker: Worker, pulsar: PulsarConnection) -> None:
        self.raw, self.features = topic_of(pulsar, "orders", [], 2), fresh_topic("features")
        self.worker, self.pulsar = worker, pulsar
        PulsarAdmin(pulsar).ensure_topic(self.features, 1)
        specs = worker.folder / "specs"
        source = {**yaml.safe_load(ORDERS), "topic": self.raw}
        (specs / "sources" / "orders.yaml").write_text(yaml.safe_dump(source))
        self.feature = {
            **yaml.safe_load(SPENT.partition("tests:")[0]),
            "topic_name": self.features,
            "window": "lifetime",
        }
        self.write(specs / "user_spent_1d.yaml")
        order = {"event_type": "payment_success", "user_id": "u1", "amount": 2.5, "timestamp": 1_767_225_600_000}
        publish(pulsar, self.raw, ["u1"], [json.dumps(order).encode()])

    def write(self, path: Path, **keys: object) -> None:
        path.write_text(yaml.safe_dump({**self.feature, **keys}))

    def register(self) -> None:
        ((topic, features),) = load(self.worker.folder / "specs").topics().items()
        register(self.pulsar, topic, topic_schema(topic, features))

    def records(self) -> list[bytes]:
        return records(self.pulsar, self.features)


@pytest.fixture
def shop(tmp_path: Path, redis_url: str, pulsar: PulsarConnection) -> Shop:
    settings = {
        "HEADRACE_REDIS_URL": redis_url,
        "HEADRACE_REDIS_PREFIX": tmp_path.name.replace("_", "-"),
        "HEADRACE_PULSAR_URL": pulsar.url,
        "HEADRACE_PULSAR_ADMIN_URL": pulsar.admin_url,
        "HEADRACE_DEAD_LETTER_TOPIC": topic_of(pulsar, "dead", []),
        "HEADRACE_QUALITY": "false",
    }
    return Shop(Worker(tmp_path, settings).made(), pulsar)


def test_a_worker_enforces_what_is_registered(shop: Shop) -> None:
    worker = shop.worker
    worker.settings["HEADRACE_REGISTRY"] = "enforce"
    worker.run().expect(3, shop.features, f"{MISSING}the topic has no schema{HINT}", lines=1)
    assert (shop.records(), numbers(shop.pulsar, shop.features)) == ([], [])

    shop.register()
    running = worker.start()
    worker.until(running, lambda: bool(shop.records()))
    assert worker.stopped(running).code == 0
    written = len(shop.records())

    shop.write(worker.folder / "specs" / "user_other_1d.yaml", feature_name="user_other_1d")
    worker.log.unlink()
    worker.run().expect(3, f"{MISSING}field user_other_1d is not in version 0{HINT}", lines=1)
    assert (len(shop.records()), numbers(shop.pulsar, shop.features)) == (written, [0])


def test_by_default_a_worker_on_an_empty_broker_just_starts(shop: Shop) -> None:
    running = shop.worker.start()
    shop.worker.until(running, lambda: bool(shop.records()))
    ended = shop.worker.stopped(running)
    assert ended.code == 0
    assert not any("registered" in line for line in ended.said), ended.said
    assert numbers(shop.pulsar, shop.features) == [0]
