"""Tests what pages and API share: whom they answer, their errors, what is counted."""

from pathlib import Path

import pytest

from reports.records import quality_key
from serving.features.feature_reader import FeatureReader
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    return served(redis_server, tmp_path)


def test_with_a_token_only_those_who_have_it_read(redis_server: RedisServer, tmp_path: Path) -> None:
    guarded = served(redis_server, tmp_path, serve_token="s3cret")
    guarded.put_entity("user", "u1", {"user_spend_1h": "1"})
    client = guarded.client()
    assert client.get("/api/v1/features/user/u1").status_code == 401
    assert client.get("/metrics").status_code == 401
    assert client.get("/features/user/u1").headers["location"] == "/login"
    assert client.get("/api/v1/features/user/u1", headers={"Authorization": "Bearer s3cre"}).status_code == 401
    assert client.get("/api/v1/features/user/u1", headers={"Authorization": "Bearer s3cret"}).status_code == 200
    assert client.post("/login", data={"token": "wrong"}).status_code == 401
    signed_in = client.post("/login", data={"token": "s3cret"})
    cookie = signed_in.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert client.get("/features/user/u1").status_code == 200


def test_without_redis_it_says_so(tmp_path: Path, own_redis: RedisServer) -> None:
    away = served(own_redis, tmp_path)
    client = away.client()
    assert client.get("/healthz").status_code == 200
    own_redis.stop()
    page, api = client.get("/"), client.get("/api/v1/features/user/u1")
    assert (page.status_code, api.status_code, client.get("/healthz").status_code) == (503, 503, 503)
    assert "Redis is not reachable" in page.text and "Traceback" not in page.text
    assert "Redis is not reachable" in api.json()["error"]


@pytest.mark.parametrize("report", [b"{}", b'{"start_ms": "\xe9"}', b"[" * 100_000])
def test_what_cannot_be_read_is_named_and_not_taken_for_a_lost_redis(app: Served, report: bytes) -> None:
    app.store.hset(f"{app.prefix}:user:alien", "user_spend_1h", "1")
    app.store.set(f"{app.prefix}:user:text", "no hash")
    app.store.hset(quality_key(app.prefix, "user_spend_1h"), "open", report)
    client = app.client()
    for path, status, says in [
        ("/features/user/alien", 502, "_as_of"),
        ("/api/v1/features/user/alien", 502, "_as_of"),
        ("/features/user/text", 502, "expected a hash"),
        ("/api/v1/features/user/text", 502, "expected a hash"),
        ("/", 500, "this version cannot read the report"),
        ("/api/v1/quality", 500, "this version cannot read the report"),
    ]:
        answer = client.get(path)
        assert answer.status_code == status
        assert says in answer.text and "not reachable" not in answer.text and "Traceback" not in answer.text


def test_a_defect_is_not_shown_and_keeps_to_itself(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(FeatureReader, "read_entity", broken)
    page, api = app.client().get("/features/user/u1"), app.client().get("/api/v1/features/user/u1")
    assert (page.status_code, api.status_code) == (500, 500)
    for answer in (page, api):
        assert "secret detail" not in answer.text and "script-src 'self'" in answer.headers["content-security-policy"]
    assert api.json() == {"error": "The log of headrace serve has the details."}


def test_answers_keep_to_themselves(app: Served) -> None:
    headers = app.client().get("/").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


def test_requests_are_counted_by_few_kinds(app: Served) -> None:
    client = app.client()
    for path in ("/", "/features/user/x", "/api/v1/quality", "/a/b", "/c/d"):
        client.get(path)
    metrics = client.get("/metrics").text
    assert 'headrace_serve_requests_total{kind="other",status="404"} 2.0' in metrics
    assert 'headrace_serve_requests_total{kind="features",status="404"} 1.0' in metrics
