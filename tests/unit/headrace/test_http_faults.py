"""Tests reading over HTTP when the server, or a proxy in its place, misbehaves."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from headrace import FeatureClient, InvalidRequest, ServiceUnavailable, load
from tests.support.paths import ROOT
from tests.support.services.outside.faulty_server import (
    ONE,
    Answer,
    Server,
    chunked,
    cut_short,
    drip,
    garbage,
    good,
    good_and_gone,
    hang_up,
    sent,
    silence,
)


@contextmanager
def server(*answers: Answer) -> Iterator[Server]:
    made = Server(list(answers))
    try:
        yield made
    finally:
        made.close()


def test_one_connection_carries_all_requests() -> None:
    with server(good, chunked, good, sent("422 Unprocessable", b'{"error": "no"}'), good) as service:
        with FeatureClient(service.url, timeout=20) as client:
            for _ in range(3):
                assert client.get_many("user", ["u1"]) == ONE["entities"]
            with pytest.raises(InvalidRequest, match="no"):
                client.get("user", "u1")
            assert client.get("user", "u1")
        assert (service.connections, len(service.requests)) == (1, 5)


def test_a_connection_that_the_server_has_closed_is_opened_again() -> None:
    with server(good_and_gone, good_and_gone, good) as service, FeatureClient(service.url, timeout=20) as client:
        for _ in range(3):
            assert client.get("user", "u1")
        assert (service.connections, len(service.requests)) == (3, 3)


def test_a_new_connection_that_is_closed_is_not_tried_for_ever() -> None:
    with server(hang_up, good) as service, FeatureClient(service.url, timeout=20) as client:
        with pytest.raises(ServiceUnavailable, match="does not answer: Remote end closed connection"):
            client.get("user", "u1")
        assert client.get("user", "u1")
        assert len(service.requests) == 2


@pytest.mark.parametrize("answer", [silence, drip])
def test_a_slow_server_is_given_up_in_time(answer: Answer) -> None:
    with server(answer) as service, FeatureClient(service.url, timeout=0.3) as client:
        begun = time.monotonic()
        with pytest.raises(ServiceUnavailable, match=rf"{service.url} did not answer within 0\.3 s"):
            client.get("user", "u1")
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (garbage, ServiceUnavailable, "does not answer: SSH-2.0-OpenSSH_9.2"),
        (cut_short, ServiceUnavailable, "does not answer: IncompleteRead"),
        (sent("200 OK", b"<html>"), ServiceUnavailable, "sent an unexpected answer; expected headrace serve there"),
        (sent("200 OK", b'{"entities": []}'), ServiceUnavailable, "sent an unexpected answer"),
        (sent("200 OK", b'{"entities": 5}'), ServiceUnavailable, "sent an unexpected answer"),
        (sent("200 OK", b"[" * 100_000), ServiceUnavailable, "sent an unexpected answer"),
        (sent("502 Bad Gateway", b"<html>"), ServiceUnavailable, "HTTP status 502; expected headrace serve there"),
        (sent("503 Away", b'{"error": "Redis"}'), ServiceUnavailable, ": Redis"),
        (sent("429 Wait", b'{"error": "too many"}'), ServiceUnavailable, ": too many"),
        (sent("404 Not Found", b"\xff"), InvalidRequest, "HTTP status 404; expected headrace serve there"),
        (sent("421 Wrong", b'{"error": "host"}'), InvalidRequest, ": host"),
        (
            sent("303 Go", b"", "Location: /login"),
            InvalidRequest,
            "redirects to '/login'; expected headrace serve there",
        ),
    ],
)
def test_what_answers_instead_is_told(answer: Answer, kind: type[Exception], says: str) -> None:
    with server(answer) as service, FeatureClient(service.url, timeout=20) as client:
        with pytest.raises(kind) as raised:
            client.get("user", "u1")
        assert str(raised.value).startswith(service.url) and says in str(raised.value)


def test_a_request_has_path_set_and_token() -> None:
    with server(good, good) as service:
        with FeatureClient(f"{service.url}/behind/a-proxy/", token="s3cret", timeout=20) as client:
            client.get("user", "ü", set="fraud v1&set=x")
            client.get("user", "u1", features=["a"])
        first, second = service.requests
    assert first.startswith(b"POST /behind/a-proxy/api/v1/features?set=fraud+v1%26set%3Dx HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer s3cret\r\n" in first
    assert json.loads(first.partition(b"\r\n\r\n")[2]) == {"entity_type": "user", "ids": ["ü"]}
    assert second.startswith(b"POST /behind/a-proxy/api/v1/features HTTP/1.1\r\n")
    assert json.loads(second.partition(b"\r\n\r\n")[2]) == {"entity_type": "user", "ids": ["u1"], "features": ["a"]}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("localhost:8080", "has the scheme ''; expected http://host:port"),
        ("", "has the scheme ''"),
        ("ftp://localhost", "has the scheme 'ftp'"),
        ("http://", "has no host"),
        ("http://host:99999", "cannot be read"),
        ("http://host:port", "cannot be read"),
        ("http://[::1", "cannot be read"),
        ("http://me:s3cret@host", "contains a user or a password"),
        ("http://host/?token=s3cret", "a query"),
        ("http://host/#a", "a fragment"),
        ("http://host/a b", "or a space"),
        ("http://host/\r\nX: y", "or a space"),
        ("redis://:s3cret@host", 'needs definitions=headrace.load("feature_specs")'),
    ],
)
def test_an_address_that_is_none_is_refused_without_its_secrets(url: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        FeatureClient(url)
    assert says in str(raised.value) and "s3cret" not in str(raised.value)


@pytest.mark.parametrize("token", ["", "s3cret\r\nX: y", "s3cr\u00e9t", "s3cret\x00"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(InvalidRequest, match="expected printable ASCII") as raised:
        FeatureClient("http://localhost", token=token)
    assert "s3c" not in str(raised.value)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_a_timeout_is_a_number_of_seconds(timeout: float) -> None:
    with pytest.raises(InvalidRequest, match="expected a number of seconds greater than 0"):
        FeatureClient("http://localhost", timeout=timeout)


def test_what_belongs_to_the_other_kind_of_address_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="headrace serve has its own"):
        FeatureClient("http://localhost", definitions=load(ROOT / "feature_specs"))
    with pytest.raises(InvalidRequest, match="expected a password in the address"):
        FeatureClient("redis://localhost", token="s3cret")
