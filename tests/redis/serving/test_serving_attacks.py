"""Tests malicious requests: each is answered with a sentence, and delays no other answer."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serving.features.contract import MOST_BODY_BYTES
from serving.guards.login_attempts import WRONG_ONES
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served, wait_until_open

ASKED = "/api/v1/features"


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    return served(redis_server, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        b'{"entity_type": "user", "ids": ["\xff"]}',
        b"\xff\xfe",
        b'{"entity_type": "user", "ids": ["\\ud800"]}',
        b'{"entity_type": "user", "ids": [NaN]}',
        b"[" * 200_000,
        b'{"x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"entity_type": "user", "ids": {}}',
        b'{"entity_type": "user", "ids": ["a"], "more": 1}',
        b"null",
        b"",
    ],
)
def test_a_body_that_is_no_question_is_told_what_is_expected(app: Served, body: bytes) -> None:
    answer = app.client().post(ASKED, content=body)
    assert answer.status_code == 422
    assert "expected" in answer.json()["error"]


def test_ids_may_be_many_and_the_same(app: Served) -> None:
    app.put_entity("user", "u1", {"user_spend_1h": "1"})
    ask = {"entity_type": "user", "ids": ["u1"] * 1_000, "features": ["user_spend_1h"]}
    entities = app.client().post(ASKED, json=ask).json()["entities"]
    assert len(entities) == 1_000 and all(entity["features"] == {"user_spend_1h": 1.0} for entity in entities)
    ask["ids"] = ["u1"] * 10_000
    assert app.client().post(ASKED, json=ask).status_code == 422


def test_one_that_cannot_be_read_keeps_nothing_from_the_others(app: Served) -> None:
    app.store.set(f"{app.prefix}:user:text", "no hash")
    app.store.hset(f"{app.prefix}:user:alien", "user_spend_1h", "1")
    app.put_entity("user", "u1", {"user_spend_1h": "1"})
    text, alien, u1, nobody = (
        app.client()
        .post(ASKED, json={"entity_type": "user", "ids": ["text", "alien", "u1", "nobody"]})
        .json()["entities"]
    )
    assert "expected a hash" in text["error"] and "_as_of" in alien["error"]
    assert u1["features"]["user_spend_1h"] == 1.0 and nobody is None


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "POST"])
def test_every_method_is_answered(app: Served, method: str) -> None:
    answer = app.client().request(method, "/api/v1/features/user/u1")
    assert answer.status_code in {404, 405}
    assert method == "HEAD" or answer.json()["error"]
    assert answer.status_code != 405 or "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/api/v1/features/user/%00", "/api/v1/features/user/%0A", "/api/v1/features/user/"])
def test_an_odd_id_is_one_of_which_nothing_is_known(app: Served, path: str) -> None:
    answer = app.client().get(path)
    assert answer.status_code == 404 and answer.json()["error"]


def test_an_id_that_is_no_text_is_not_another_one(app: Served) -> None:
    app.put_entity("user", "\ufffd", {"user_spend_1h": "1"})
    answer = app.client().get("/api/v1/features/user/%FF")
    assert answer.status_code == 400 and "UTF-8" in answer.json()["error"]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "", "a@localhost"]
)
def test_a_name_of_somebody_else_is_refused(app: Served, host: str) -> None:
    for path in ("/", "/api/v1/features/user/u1", "/metrics", "/live/front"):
        answer = app.client().get(path, headers={"Host": host})
        assert answer.status_code == 421 and "HEADRACE_SERVE_HOSTS" in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080", "[::1]", "features.example"]
)
def test_its_own_names_are_answered(redis_server: RedisServer, tmp_path: Path, host: str) -> None:
    app = served(redis_server, tmp_path, serve_hosts="features.example,other")
    assert app.client().get("/", headers={"Host": host}).status_code == 200


def test_with_a_token_every_name_is_answered(redis_server: RedisServer, tmp_path: Path) -> None:
    app = served(redis_server, tmp_path, serve_token="s3cret")
    headers = {"Host": "evil.example", "Authorization": "Bearer s3cret"}
    assert app.client().get("/", headers=headers).status_code == 200


def test_whoever_guesses_is_told_to_wait(redis_server: RedisServer, tmp_path: Path) -> None:
    client = served(redis_server, tmp_path, serve_token="s3cret").client()
    statuses = [client.post("/login", data={"token": f"guess {number}"}).status_code for number in range(WRONG_ONES)]
    assert set(statuses) == {401}
    refused = client.post("/login", data={"token": "s3cret"})
    assert refused.status_code == 429 and 0 < int(refused.headers["retry-after"]) <= 60
    guessed = client.get("/api/v1/quality", headers={"Authorization": "Bearer guess"})
    assert guessed.status_code == 429 and "try again in" in guessed.json()["error"]
    assert client.get("/api/v1/quality", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_a_body_that_is_not_meant_is_refused(app: Served) -> None:
    ask = b'{"entity_type": "user", "ids": ["u1"]}'
    client = app.client()
    for headers in ({"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Encoding": "gzip"}):
        answer = client.post(ASKED, content=ask, headers=headers)
        assert answer.status_code == 415 and "expected" in answer.json()["error"]
        assert answer.headers["connection"] == "close"
    assert client.post(ASKED, content=ask, headers={"Content-Type": "application/json; charset=utf-8"}).is_success


@pytest.fixture(scope="module")
def port(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yields the port of a server in its own process, whose connections have a second to ask."""
    settings = os.environ | {
        "HEADRACE_REDIS_URL": redis_server.url,
        "HEADRACE_VAR": str(tmp_path_factory.mktemp("var")),
    }
    quick = (
        "import serving.guards.connections as c; c.ASKING_S = 1.0; "
        "import serving.guards.request_bodies as b; b.LONGEST_S = 1.0; "
    )
    command = f"{quick}from cli.main import app; import sys; sys.argv = ['headrace', 'serve', '--port', '{{}}']; app()"
    with subprocess.Popen([sys.executable, "-c", command.format(chosen := free_port())], env=settings) as serving:
        try:
            wait_until_open(chosen)
            yield chosen
        finally:
            serving.terminate()


def answered(port: int, sent: bytes) -> bytes:
    """Returns the bytes until the server closes the connection; it must, though nothing more is sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(sent)
        received = b""
        while some := connection.recv(65_536):
            received += some
        return received


@pytest.mark.long
def test_half_open_connections_end(port: int) -> None:
    begun = [b"", b"GET", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nA: "]
    with ThreadPoolExecutor(len(begun)) as threads:
        assert list(threads.map(lambda sent: answered(port, sent), begun)) == [b""] * len(begun)


@pytest.mark.long
def test_a_body_that_never_ends_is_not_waited_for(port: int) -> None:
    head = b"POST /api/v1/features HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
    assert b" 408 " in answered(port, head).splitlines()[0]


@pytest.mark.parametrize("how", [b"Content-Length: 5000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_that_is_refused_is_not_read_on(port: int, how: bytes) -> None:
    chunk = b"%x\r\n%s\r\n" % (MOST_BODY_BYTES + 1, b"x" * (MOST_BODY_BYTES + 1)) if b"chunked" in how else b""
    response = answered(port, b"POST /api/v1/features HTTP/1.1\r\nHost: localhost\r\n" + how + chunk)
    assert b" 413 " in response.splitlines()[0] and b"connection: close" in response.lower()


@pytest.mark.parametrize("line", [b"GET /" + b"a" * 100_000, b"GET /\xff", b"\x16\x03\x01", b"G\x00T /"])
def test_what_is_no_http_is_no_failure(port: int, line: bytes) -> None:
    response = answered(port, line + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert response.split()[1] in {b"400", b"414"}
