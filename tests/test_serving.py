"""Pages and API over a real Redis: what they say, whatever the ids and values are, and whom they say it to."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

from cli.serve import listen
from reports.charts import image
from reports.store import ReportStore
from serving.live import quality_key
from serving.online import FeatureClient
from tests.broker.broker import free_port
from tests.made_reports import HOSTILE, made_feature, made_history, made_interval
from tests.redis_server import RedisServer
from tests.served import NOW_MS, Served, served, wait_until_open

IDS = ["u1", "a b", "ü/é", "../../etc/passwd", "?x=1&y=2#z", "'; --", *HOSTILE[:2]]


class Texts(HTMLParser):
    """The scripts and event handlers of a page, and the words of every feature's value."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str | None] = []
        self.handlers: list[str] = []
        self.values: dict[str, str] = {}
        self._feature, self._inside = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script":
            self.scripts.append(given.get("src"))
        self.handlers += [name for name in given if name.startswith("on")]
        self._feature = (given.get("data-testid") or "").removeprefix("feature-") or self._feature
        self._inside = "feature-value" in (given.get("class") or "")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.values[self._feature] = self.values.get(self._feature, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


@pytest.fixture
def there(redis_server: RedisServer, tmp_path: Path) -> Iterator[Served]:
    yield served(redis_server, tmp_path)


@pytest.mark.parametrize("entity", IDS)
def test_an_entity_is_shown_whatever_its_id(there: Served, entity: str) -> None:
    there.put_entity(
        "user", entity, {"user_spend_1h": "12.5", "user_last_country": HOSTILE[0], "_warming": "user_spend_1h"}
    )
    answer = there.client().get(f"/features/user/{quote(entity, safe='')}")
    assert answer.status_code == 200
    texts = Texts(answer.text)
    assert texts.scripts == ["/static/live.js"]
    assert texts.handlers == []
    assert texts.values["user_spend_1h"] == "12.5"
    assert texts.values["user_last_country"] == HOSTILE[0]
    assert texts.values["user_login_frequency"] == "-"
    assert "warming up" in answer.text


def test_every_entity_type_has_its_page(there: Served) -> None:
    there.put_entity("item", "i7", {"item_orders_1h": "3"})
    assert Texts(there.client().get("/features/item/i7").text).values["item_orders_1h"] == "3"


def test_nothing_known_is_said(there: Served) -> None:
    client = there.client()
    unknown, no_type = client.get("/features/user/nobody"), client.get("/features/planet/mars")
    assert (unknown.status_code, no_type.status_code) == (404, 404)
    assert "Nothing is known of this user" in unknown.text
    assert "There are: item, user." in no_type.text
    assert client.get("/nowhere").status_code == 404
    assert client.get("/quality/no_such").status_code == 404
    assert "No feature has been reported yet" in client.get("/").text


def test_the_form_leads_to_an_entity(there: Served) -> None:
    answer = there.client().get("/features", params={"type": "user", "id": "a/b c"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/features/user/a%2Fb%20c")


def test_the_front_page_has_every_feature_and_what_fires(there: Served) -> None:
    interval = made_interval(silent="orders")
    there.put_reports([*interval.features, *interval.sources])
    for path in ("/", "/live/front"):
        page = there.client().get(path).text
        for report in interval.features:
            assert f'href="/quality/{report.subject.feature}"' in page
            for alert in report.alerts:
                assert escape(alert.summary[:40], quote=False).split("&")[0] in page
        assert "silent" in page
        assert Texts(page).handlers == []
        assert HOSTILE[0] not in page


def test_a_report_has_its_picture_from_the_store_or_as_it_stands(there: Served) -> None:
    client, name = there.client(), "user_spend_1h"
    nothing = client.get(f"/quality/{name}/image.png").content
    assert nothing.startswith(b"\x89PNG")
    there.put_reports([made_feature("user_daily_spend_7d")])
    live = client.get("/quality/user_daily_spend_7d/image.png").content
    assert live.startswith(b"\x89PNG") and live != nothing
    store = ReportStore(there.shelf.settings.reports_url or "")
    for report in made_history(name, 3):
        store.write_feature(report)
        store.write_image(name, report.start_ms, image(report))
    newest = made_history(name, 3)[-1]
    assert client.get(f"/quality/{name}/image.png").content == image(newest)
    past = made_history(name, 3)[0]
    assert client.get(f"/quality/{name}/image.png", params={"at": past.start_ms}).content == image(past)
    page = client.get(f"/quality/{name}").text
    assert (
        "Over time" in page and 'class="report-image' in page and "persistent://public/default/raw-order-events" in page
    )


def test_hostile_samples_are_only_shown(there: Served) -> None:
    there.put_reports([made_feature("user_last_payment_amount")])
    page = there.client().get("/quality/user_last_payment_amount").text
    assert HOSTILE[0] not in page and HOSTILE[1] not in page
    assert Texts(page).scripts == ["/static/live.js"]
    assert Texts(page).handlers == []


def test_the_api_answers_in_types(there: Served) -> None:
    there.put_entity(
        "user", "u1", {"user_spend_1h": "12.5", "user_last_categories": '["a"]', "_quarantined": "user_last_country"}
    )
    client = there.client()
    one = client.get("/api/v1/features/user/u1").json()
    assert (one["id"], one["as_of"], one["age_ms"]) == ("u1", NOW_MS - 1_500, 1_500)
    assert one["features"]["user_spend_1h"] == 12.5
    assert one["features"]["user_last_categories"] == ["a"]
    assert one["quarantined"] == ["user_last_country"]
    body = {"entity_type": "user", "ids": ["nobody", "u1"], "features": ["user_spend_1h"]}
    nobody, found = client.post("/api/v1/features", json=body).json()["entities"]
    assert nobody is None
    assert found["features"] == {"user_spend_1h": 12.5}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "JSON"),
        (b'{"entity_type": "user"}', "ids"),
        (b'{"entity_type": "user", "ids": []}', ">= 1"),
        (b'{"entity_type": "planet", "ids": ["x"]}', "there are item, user"),
        (b'{"entity_type": "user", "ids": ["x"], "features": ["no_such"]}', "no feature 'no_such'"),
        (b'{"entity_type": "user", "ids": [1]}', "str"),
    ],
)
def test_a_wrong_question_is_told_what_is_expected(there: Served, body: bytes, says: str) -> None:
    answer = there.client().post("/api/v1/features", content=body)
    assert answer.status_code == 422
    assert says in answer.json()["error"]


def test_a_body_without_end_is_not_read(there: Served) -> None:
    assert there.client().post("/api/v1/features", content=b"x" * 2_000_000).status_code == 413


def test_quality_as_json(there: Served) -> None:
    there.put_reports(made_interval().features)
    told = there.client().get("/api/v1/quality").json()
    assert len(told["features"]) == 42 and "drifted" in told["verdict"] and told["alerts"]
    one = there.client().get("/api/v1/quality/user_spend_1h").json()
    assert one["open"] is None and one["closed"]["status"] == "firing"


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


def test_what_is_not_there_is_said_in_json_to_programs(there: Served) -> None:
    client = there.client()
    nowhere, wrong_way = client.get("/api/v1/nothing"), client.get("/api/v1/features")
    assert (nowhere.status_code, wrong_way.status_code) == (404, 405)
    assert "/api/v1/quality" in nowhere.json()["error"] and "POST /api/v1/features" in wrong_way.json()["error"]


def test_what_cannot_be_read_is_named_and_not_taken_for_a_lost_redis(there: Served) -> None:
    there.put_entity("user", "odd", {"user_spend_1h": "abc"})
    there.store.hset(f"{there.prefix}:user:alien", "user_spend_1h", "1")
    there.store.hset(quality_key(there.prefix, "user_spend_1h"), "open", b"{}")
    client = there.client()
    for path, says in [
        ("/features/user/odd", "DOUBLE is expected"),
        ("/api/v1/features/user/odd", "DOUBLE is expected"),
        ("/features/user/alien", "_as_of"),
        ("/", "a report that this version cannot read"),
        ("/api/v1/quality", "a report that this version cannot read"),
    ]:
        answer = client.get(path)
        assert answer.status_code == 500
        assert says in answer.text and "not reachable" not in answer.text and "Traceback" not in answer.text


def test_a_defect_is_not_shown_and_keeps_to_itself(there: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(FeatureClient, "one", broken)
    page, api = there.client().get("/features/user/u1"), there.client().get("/api/v1/features/user/u1")
    assert (page.status_code, api.status_code) == (500, 500)
    for answer in (page, api):
        assert "secret detail" not in answer.text and "script-src 'self'" in answer.headers["content-security-policy"]
    assert api.json() == {"error": "The log of headrace serve says what."}


@pytest.mark.parametrize("at", ["123", "", "x", "-1", "٣", "9" * 15, "9" * 5_000])
def test_an_interval_that_is_not_kept_is_not_another_one(there: Served, at: str) -> None:
    there.put_reports([made_feature("user_spend_1h")])
    client = there.client()
    page, picture = (client.get(f"/quality/user_spend_1h{end}", params={"at": at}) for end in ("", "/image.png"))
    assert (page.status_code, picture.status_code) == (404, 404)
    assert "No interval" in page.text


def test_a_past_interval_without_a_picture_is_drawn_as_it_was(there: Served) -> None:
    past, *_, newest = made_history("user_spend_1h", 3)
    store = ReportStore(there.shelf.settings.reports_url or "")
    store.write_feature(past)
    store.write_feature(newest)
    store.write_image("user_spend_1h", newest.start_ms, image(newest))
    drawn = there.client().get("/quality/user_spend_1h/image.png", params={"at": past.start_ms}).content
    assert drawn == image(past) != image(newest)


def test_a_report_store_that_refuses_is_not_an_empty_one(redis_server: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file where a folder is expected")
    there = served(redis_server, tmp_path)
    there.put_reports([made_feature("user_spend_1h")])
    client = there.client()
    assert "The report store cannot be read" in client.get("/quality/user_spend_1h").text
    assert client.get("/quality/user_spend_1h/image.png").content.startswith(b"\x89PNG")


def test_answers_keep_to_themselves(there: Served) -> None:
    headers = there.client().get("/").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


def test_requests_are_counted_by_few_kinds(there: Served) -> None:
    client = there.client()
    for path in ("/", "/features/user/x", "/api/v1/quality", "/a/b", "/c/d"):
        client.get(path)
    metrics = client.get("/metrics").text
    assert 'headrace_serve_requests_total{kind="other",status="404"} 2.0' in metrics
    assert 'headrace_serve_requests_total{kind="features",status="404"} 1.0' in metrics


def test_an_answer_does_not_wait_for_an_acknowledgement() -> None:
    with (
        listen("127.0.0.1", port := free_port()) as listening,
        socket.create_connection(("127.0.0.1", port)),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_stopped_is_no_failure(redis_url: str, tmp_path: Path, number: signal.Signals) -> None:
    settings = os.environ | {"HEADRACE_REDIS_URL": redis_url, "HEADRACE_VAR": str(tmp_path)}
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port := free_port())]
    with subprocess.Popen(command, env=settings) as serving:
        try:
            wait_until_open(port)
            serving.send_signal(number)
            assert serving.wait(timeout=20) == 0
        finally:
            serving.kill()
