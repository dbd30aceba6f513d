"""Tests pages over a real Redis and a report store: their content, for any ids and values."""

import re
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from reports.delivery.store import ReportStore
from reports.records import FeatureReport
from reports.rendering import darkened, picture
from reports.rendering.charts.figure import image
from serving.pages import chart_cache
from tests.support.factories.quality.incidents import made_incidents
from tests.support.factories.quality.reports import HOSTILE, made_feature, made_history, made_interval
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

IDS = ["u1", "a b", "ü/é", "../../etc/passwd", "?x=1&y=2#z", "'; --", *HOSTILE[:2]]


class Texts(HTMLParser):
    """Collects the scripts and event handlers of a page, and the words of every feature's value."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.handlers: list[str] = []
        self.values: dict[str, str] = {}
        self._feature, self._inside = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script":
            self.scripts.append((given.get("src") or "").partition("?")[0])
        self.handlers += [name for name in given if name.startswith("on")]
        self._feature = (given.get("data-testid") or "").removeprefix("feature-") or self._feature
        self._inside = "feature-value" in (given.get("class") or "")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.values[self._feature] = self.values.get(self._feature, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    return served(redis_server, tmp_path)


@pytest.mark.parametrize("entity", IDS)
def test_an_entity_is_shown_whatever_its_id(app: Served, entity: str) -> None:
    app.put_entity(
        "user", entity, {"user_spend_1h": "12.5", "user_last_country": HOSTILE[0], "_warming": "user_spend_1h"}
    )
    answer = app.client().get(f"/features/user/{quote(entity, safe='')}")
    assert answer.status_code == 200
    texts = Texts(answer.text)
    assert texts.scripts == ["/static/live.js"]
    assert texts.handlers == []
    assert texts.values["user_spend_1h"] == "12.5"
    assert texts.values["user_last_country"] == HOSTILE[0]
    assert texts.values["user_login_frequency"] == "-"
    assert "warming up" in answer.text


def test_every_entity_type_has_its_page(app: Served) -> None:
    app.put_entity("item", "i7", {"item_orders_1h": "3"})
    assert Texts(app.client().get("/features/item/i7").text).values["item_orders_1h"] == "3"


def test_nothing_known_is_said(app: Served) -> None:
    client = app.client()
    unknown, no_type = client.get("/features/user/nobody"), client.get("/features/planet/mars")
    assert (unknown.status_code, no_type.status_code) == (404, 404)
    assert "No features for this user" in unknown.text
    assert "Known entity types: item, user." in no_type.text
    assert client.get("/nowhere").status_code == 404
    assert client.get("/quality/no_such").status_code == 404
    assert "No quality reports yet" in client.get("/").text


def test_the_form_leads_to_an_entity(app: Served) -> None:
    answer = app.client().get("/features", params={"type": "user", "id": "a/b c"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/features/user/a%2Fb%20c")


def test_the_front_page_has_every_feature_and_what_fires(app: Served) -> None:
    interval = made_interval(silent="orders")
    app.put_reports([*interval.features, *interval.sources])
    incidents = [
        msgspec.structs.replace(incident, headline=f"{incident.headline} ({incident.id})")
        for incident in made_incidents(5)
    ]
    app.put_incidents(incidents)
    for path in ("/?show=all", "/live/front?show=all"):
        page = app.client().get(path).text
        for report in interval.features:
            assert f'href="/quality/{report.subject.feature}"' in page
        for incident in incidents:
            assert (escape(incident.headline) in page) is (incident not in incidents[-2:]), incident.headline
            assert (f'<li class="card incident {incident.state}">' in page) or incident.state != "firing"
        assert page.count('<li class="card incident') == 2
        assert "silent" in page
        assert Texts(page).handlers == []
        assert HOSTILE[0] not in page


@pytest.mark.long
def test_a_report_has_its_picture_from_the_store_or_as_it_stands(app: Served) -> None:
    client, name = app.client(), "user_spend_1h"
    nothing = client.get(f"/quality/{name}/image.png").content
    assert nothing.startswith(b"\x89PNG")
    app.put_reports([made_feature("user_daily_spend_7d")])
    live = client.get("/quality/user_daily_spend_7d/image.png").content
    assert live.startswith(b"\x89PNG") and live != nothing
    store = ReportStore(app.context.settings.reports_url or "")
    for report in made_history(name, 3):
        store.write_feature(report)
        store.write_image(name, report.start_ms, image(report))
    newest = made_history(name, 3)[-1]
    assert client.get(f"/quality/{name}/image.png").content == image(newest)
    past = made_history(name, 3)[0]
    assert client.get(f"/quality/{name}/image.png", params={"at": past.start_ms}).content == image(past)
    page = client.get(f"/quality/{name}").text
    assert (
        f"image.png?at={newest.start_ms}" in page
        and 'class="report-image' in page
        and "persistent://public/default/raw-order-events" in page
    )


@pytest.mark.long
def test_a_stored_picture_that_is_older_than_the_verdict_is_not_shown(app: Served) -> None:
    older, newest = made_history("user_spend_1h", 2)
    store = ReportStore(app.context.settings.reports_url or "")
    store.write_image("user_spend_1h", older.start_ms, image(older))
    app.put_reports([newest])
    path = "/quality/user_spend_1h/image.png"
    assert app.client().get(path).content == image(newest)
    store.write_image("user_spend_1h", newest.start_ms, b"stored")
    assert app.client().get(path).content == b"stored"


def test_a_dark_page_has_a_dark_picture(app: Served) -> None:
    app.put_reports([made_feature("user_spend_1h")])
    page = app.client().get("/quality/user_spend_1h").text
    (dark,), (bright,) = re.findall(r'srcset="([^"]+)"', page), re.findall(r'report-image[^>]* src="([^"]+)"', page)
    assert unescape(dark) == unescape(bright) + "&theme=dark" and 'media="(prefers-color-scheme: dark)"' in page
    light = app.client().get(unescape(bright)).content
    assert app.client().get(unescape(dark)).content == darkened(light) != light


@pytest.mark.long
def test_a_picture_is_drawn_once_for_a_report(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[FeatureReport] = []

    def counted(report: FeatureReport) -> bytes:
        drawn.append(report)
        return picture(report)

    monkeypatch.setattr(chart_cache, "picture", counted)
    monkeypatch.setattr(chart_cache, "KEPT_S", -1.0)
    client, (first, second) = app.client(), (made_feature("user_spend_1h", seed=seed) for seed in (1, 2))
    for report in (first, first, second, second):
        app.put_reports([report])
        assert client.get("/quality/user_spend_1h/image.png").content == image(report)
    assert drawn == [first, second] and first != second


def test_hostile_samples_are_only_shown(app: Served) -> None:
    app.put_reports([made_feature("user_last_payment_amount")])
    page = app.client().get("/quality/user_last_payment_amount").text
    assert HOSTILE[0] not in page and HOSTILE[1] not in page
    assert Texts(page).scripts == ["/static/live.js", "/static/chart.js"]
    assert Texts(page).handlers == []


@pytest.mark.parametrize("at", ["123", "", "x", "-1", "٣", "9" * 15, "9" * 5_000])
def test_an_interval_that_is_not_kept_is_not_another_one(app: Served, at: str) -> None:
    app.put_reports([made_feature("user_spend_1h")])
    client = app.client()
    page, picture = (client.get(f"/quality/user_spend_1h{end}", params={"at": at}) for end in ("", "/image.png"))
    assert (page.status_code, picture.status_code) == (404, 404)
    assert "Unknown interval" in page.text


@pytest.mark.long
def test_a_past_interval_without_a_picture_is_drawn_as_it_was(app: Served) -> None:
    past, *_, newest = made_history("user_spend_1h", 3)
    store = ReportStore(app.context.settings.reports_url or "")
    store.write_feature(past)
    store.write_feature(newest)
    store.write_image("user_spend_1h", newest.start_ms, image(newest))
    drawn = app.client().get("/quality/user_spend_1h/image.png", params={"at": past.start_ms}).content
    assert drawn == image(past) != image(newest)


def test_a_report_store_that_refuses_is_not_an_empty_one(redis_server: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file where a folder is expected")
    app = served(redis_server, tmp_path)
    app.put_reports([made_feature("user_spend_1h")])
    client = app.client()
    for path in ("/quality/user_spend_1h?at=1000", "/intervals", "/intervals/20260101T140500Z"):
        assert "The report store is not readable" in client.get(path).text
    assert client.get("/quality/user_spend_1h").status_code == 200
    assert client.get("/quality/user_spend_1h/image.png").content.startswith(b"\x89PNG")
