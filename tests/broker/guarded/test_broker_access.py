"""Tests a broker that requires TLS and a token."""

import time
from dataclasses import replace

import pytest

from connectors.pulsar import (
    AccessDenied,
    PulsarAdmin,
    PulsarSource,
    TopicSchema,
    publish,
    writable_schema,
)
from governance.registration.registry import PulsarRegistry
from tests.support.broker.guarded_broker import Guarded, token
from tests.support.broker.readers import everything
from tests.support.broker.topics import fresh_topic, numbers

ELSEWHERE = "answered 401: it does not accept the token of role admin"


def test_tls_and_token_reach_everything(guarded: Guarded) -> None:
    topic = fresh_topic("guarded")
    connection = guarded.connection()
    assert PulsarAdmin(connection).ensure_topic(topic, 1) == 1
    publish(connection, topic, ["k"] * 10, numbers(10))
    read = everything(PulsarSource(topic, connection, bounded=True))
    assert list(read.values()) == [numbers(10)]


def test_a_wrong_token_is_refused_in_one_line(guarded: Guarded) -> None:
    connection = replace(guarded.connection(), token_file=None, token=token("admin", b"x" * 32))
    with pytest.raises(AccessDenied, match=ELSEWHERE) as caught:
        PulsarSource(fresh_topic("refused"), connection).list_parts()
    assert str(connection.token) not in str(caught.value)
    with pytest.raises(AccessDenied, match=ELSEWHERE):
        PulsarAdmin(connection).partitions(fresh_topic("refused"))


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (None, "answered 401: it requires a token; hint: set HEADRACE_PULSAR_TOKEN or HEADRACE_PULSAR_TOKEN_FILE"),
        ("s3cret", "answered 401: the token is not a JSON Web Token; hint: check HEADRACE_PULSAR_TOKEN"),
        (token("late", exp=1_767_225_600), "the token of role late expired at 2026-01-01T00:00:00Z; hint: set a new"),
    ],
)
def test_what_is_wrong_with_a_token_is_told(guarded: Guarded, shown: str | None, said: str) -> None:
    connection = replace(guarded.connection(), token_file=None, token=shown)
    with pytest.raises(AccessDenied, match=said) as caught:
        PulsarAdmin(connection).partitions(fresh_topic("refused"))
    assert not shown or shown not in str(caught.value)


def test_publishing_with_a_wrong_token_is_refused_at_once(guarded: Guarded) -> None:
    connection, began = replace(guarded.connection(), token_file=None, token=None), time.monotonic()
    with pytest.raises(AccessDenied, match="answered 401: it requires a token"):
        publish(connection, fresh_topic("refused"), ["k"], [b"1"])
    assert time.monotonic() - began < 30


def test_the_registry_needs_the_right_token(guarded: Guarded) -> None:
    registry = PulsarRegistry(guarded.connection(), "persistent://public/guarded/registry")
    with registry.hold(lambda _: None):
        assert registry.read().revision == 0
    wrong = replace(guarded.connection(), token_file=None, token=token("admin", b"x" * 32))
    with pytest.raises(AccessDenied, match=ELSEWHERE):
        PulsarRegistry(wrong, "persistent://public/guarded/registry").read()


def test_a_rotated_token_is_read_again(guarded: Guarded) -> None:
    admin = PulsarAdmin(guarded.connection())
    guarded.token_file.write_text(token("admin", b"x" * 32))
    with pytest.raises(AccessDenied):
        admin.partitions(fresh_topic("rotated"))
    guarded.token_file.write_text(token("admin"))
    assert admin.partitions(fresh_topic("rotated")) is None


def test_a_schema_is_not_checked_with_a_wrong_token(guarded: Guarded) -> None:
    wrong = replace(guarded.connection(), token_file=None, token=token("admin", b"another secret" * 3))
    schema = TopicSchema("row", {"type": "record", "fields": []}, {})
    with pytest.raises(AccessDenied, match=ELSEWHERE) as denied:
        writable_schema(wrong, fresh_topic("checked"), schema, "enforce")
    assert token("admin", b"another secret" * 3) not in str(denied.value)
