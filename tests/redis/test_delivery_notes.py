"""Tests notes of deliveries in a real Redis: bounded, expiring, and never in the way of an alert."""

import logging
from pathlib import Path

import msgspec
import pytest
import redis

from cli.services import delivery_notes
from cli.services.delivery_notes import MOST_OF_AN_INCIDENT, DeliveryNotes
from connectors.redis import connect
from reports.incidents import KEPT_MS, Delivery, decoded_deliveries, deliveries_key
from tests.support.services.outside.webhook import NOON, alert, changed
from tests.support.waiting import await_that

PREFIX = "notes"
KEY = deliveries_key(PREFIX)


class Clock:
    """A wall clock, in ms."""

    ms = NOON

    def __call__(self) -> int:
        self.ms += 1
        return self.ms


@pytest.fixture
def client(redis_url: str) -> redis.Redis:
    client = redis.Redis.from_url(redis_url)
    client.delete(KEY)
    return client


def notes_at(url: str) -> DeliveryNotes:
    notes = DeliveryNotes(lambda: connect(url, Path("unused"), 1.0), PREFIX, Clock())
    notes.start()
    return notes


def noted(client: redis.Redis, incident: str) -> tuple[Delivery, ...]:
    payload = client.hget(KEY, incident)
    return decoded_deliveries(payload) if isinstance(payload, bytes) else ()


def test_each_incident_has_who_was_told_and_when(redis_url: str, client: redis.Redis) -> None:
    notes = notes_at(redis_url)
    symptoms = [changed(alert(name), incident="a1") for name in ("a", "b")]
    notes.note("slack", symptoms)
    notes.note("oncall", symptoms)
    notes.note("slack", [changed(alert("a", "resolved"), incident="a1"), alert("lonely")], failure="status 503")
    await_that(lambda: bool(noted(client, alert("lonely").key)))
    assert [(delivery.target, delivery.state, delivery.failure) for delivery in noted(client, "a1")] == [
        ("slack", "firing", ""),
        ("oncall", "firing", ""),
        ("slack", "resolved", "status 503"),
    ]
    assert all(NOON < delivery.at_ms < NOON + 10 for delivery in noted(client, "a1"))
    assert 0 < client.pttl(KEY) <= KEPT_MS
    notes.stop()


def test_notes_are_bounded_and_the_newest_stay(
    redis_url: str, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_notes, "MOST_KEPT", 20)
    notes = notes_at(redis_url)
    for number in range(60):
        notes.note("slack", [changed(alert("a"), incident=f"i{number}")])
    for _ in range(MOST_OF_AN_INCIDENT + 10):
        notes.note("slack", [changed(alert("a"), incident="last")])
    await_that(lambda: len(noted(client, "last")) == MOST_OF_AN_INCIDENT)
    assert client.hlen(KEY) == 20
    assert noted(client, "i59")
    assert not noted(client, "i3")
    notes.stop()


def test_a_note_of_others_that_cannot_be_read_is_written_anew(redis_url: str, client: redis.Redis) -> None:
    client.hset(KEY, "a1", "{")
    notes = notes_at(redis_url)
    notes.note("slack", [changed(alert("a"), incident="a1")])
    await_that(lambda: bool(noted_safely(client)))
    notes.stop()


def noted_safely(client: redis.Redis) -> tuple[Delivery, ...]:
    try:
        return noted(client, "a1")
    except msgspec.DecodeError:
        return ()


def test_without_redis_it_is_said_once_and_nothing_waits(
    redis_url: str, client: redis.Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(delivery_notes, "AGAIN_S", 0.05)
    urls = ["redis://user:s3cret@127.0.0.1:1/0"]
    notes = DeliveryNotes(lambda: connect(urls[-1], Path("unused"), 1.0), PREFIX, Clock())
    notes.start()
    for number in range(5):
        notes.note("slack", [changed(alert("a"), incident=f"i{number}")])
    await_that(lambda: bool(caplog.records))
    urls.append(redis_url)
    await_that(lambda: client.hlen(KEY) == 5)
    assert len(caplog.records) == 1
    assert "cannot record deliveries in Redis" in caplog.text
    assert "s3cret" not in caplog.text
    notes.stop()
