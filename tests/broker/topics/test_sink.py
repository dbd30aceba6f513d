"""Tests writing topics of a real broker, with and without a schema."""

from itertools import chain
from typing import Any

import pytest

from connectors.messages import Outgoing
from connectors.pulsar import (
    IncompatibleSchema,
    Publisher,
    PublishFailed,
    PulsarAdmin,
    PulsarConnection,
    PulsarSink,
    PulsarSource,
    TopicName,
    TopicSchema,
    register,
)
from tests.support.broker.readers import everything
from tests.support.broker.topics import admin_call, fresh_topic, topic_of

NULLABLE = ["null", "double"]


def record(**fields: Any) -> dict[str, Any]:
    listed = [{"name": name, "type": kind, "default": None} for name, kind in fields.items()]
    return {"type": "record", "name": "row", "fields": listed}


def test_keys_keep_their_order_and_their_partition(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "order", [], partitions=2)
    sink = PulsarSink(topic, pulsar, partitions=1).build_part("out", "0", None)
    keys = [f"user{number % 7}" for number in range(5_000)]
    payloads = [b"%s %d" % (key.encode(), number) for number, key in enumerate(keys)]
    sink.write_batch([Outgoing(keys[:1_999], payloads[:1_999]), Outgoing(keys[1_999:], payloads[1_999:])])
    sink.snapshot()
    sink.close()
    read = everything(PulsarSource(topic, pulsar, bounded=True))
    assert sorted(chain.from_iterable(read.values())) == sorted(payloads)
    by_key = {key: [p for p in payloads if p.startswith(key.encode() + b" ")] for key in set(keys)}
    owners = {key: [part for part, keys in read.items() if rows[0] in keys] for key, rows in by_key.items()}
    assert {len(parts) for parts in owners.values()} == {1}
    assert len({part for parts in owners.values() for part in parts}) == 2
    for key, rows in by_key.items():
        assert [p for p in read[owners[key][0]] if p in set(rows)] == rows


def test_a_schema_is_registered_with_its_properties(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "typed", [], partitions=2)
    schema = TopicSchema("row", record(spend=NULLABLE), {"owner": "risk", "fingerprint": "f1"})
    assert register(pulsar, topic, schema) == register(pulsar, topic, schema)
    sink = PulsarSink(topic, pulsar, 1, schema).build_part("out", "0", None)
    sink.write_batch([Outgoing(["u1"], [b'{"spend":7.5}'])])
    sink.close()
    stored_schema = PulsarAdmin(pulsar).schema(topic)
    assert stored_schema is not None
    assert (stored_schema["version"], stored_schema["properties"]) == (0, schema.properties)
    changed = TopicSchema("row", schema.avro, {"owner": "risk", "fingerprint": "f2"})
    assert register(pulsar, topic, changed) == 1
    wider = TopicSchema("row", record(spend=NULLABLE, orders=NULLABLE), changed.properties)
    assert register(pulsar, topic, wider) == 2
    read = everything(PulsarSource(topic, pulsar, bounded=True))
    assert list(chain.from_iterable(read.values())) == [b'{"spend":7.5}']


def test_an_incompatible_schema_is_refused_in_one_sentence(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "clash", [])
    register(pulsar, topic, TopicSchema("row", record(spend=NULLABLE), {}))
    clash = TopicSchema("row", record(spend=["null", "string"]), {})
    expected = r'refuses the schema: not FULL compatible: field spend is \["null", "double"\] default null'
    with pytest.raises(IncompatibleSchema, match=expected) as caught:
        register(pulsar, topic, clash)
    assert "<" not in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(IncompatibleSchema, match="field spend is"):
        PulsarSink(topic, pulsar, 1, clash).build_part("out", "0", None)


def test_a_failure_of_any_batch_is_told(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "big", [], partitions=2)
    publisher = Publisher(topic, pulsar)
    with pytest.raises(PublishFailed, match="larger than the broker accepts"):
        publisher.send(["a", "b", "c"], [b"small", b"x" * 6_000_000, b"small"])
    publisher.close()


def test_a_terminated_topic_is_told_and_does_not_hang(pulsar: PulsarConnection) -> None:
    topic = fresh_topic("terminated")
    path = f"persistent/{TopicName.parse(topic).path}"
    admin_call(pulsar, "PUT", path)
    publisher = Publisher(topic, pulsar)
    publisher.send(["a"], [b"1"])
    publisher.flush()
    admin_call(pulsar, "POST", f"{path}/terminate")
    with pytest.raises(PublishFailed, match="terminated"):
        for _ in range(500):
            publisher.send(["a"], [b"2"])
            publisher.flush()
    with pytest.raises(PublishFailed):
        publisher.close()
