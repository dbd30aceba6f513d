"""Tests the pages of stored intervals: their content, that their addresses reach nothing else, and how they are
sent."""

from pathlib import Path

import pytest

from reports.delivery.store import ReportStore, stamp
from tests.support.factories.deployments import store_intervals
from tests.support.factories.quality.incidents import drift, made_incidents
from tests.support.factories.quality.reports import INTERVAL_MS, START_MS, made_interval
from tests.support.generators.seeds import some
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

MANY = 3
ODD = (
    "%2e%2e", "..%2f..%2flatest.json", "latest.json", "20260101T140500", "20260101T140500Z%00", "20261399T000000Z",
    "20260101T140501Z", "-1", "1", "1000", "٣", "9" * 15, "9" * 5_000, "%FF", "20260101T140500Z%0A",
)  # fmt: skip


def with_intervals(redis_server: RedisServer, folder: Path) -> Served:
    """Serves a store of a few intervals."""
    app = served(redis_server, folder)
    store_intervals(app, MANY)
    app.put_incidents(made_incidents())
    return app


@pytest.fixture(scope="module")
def app(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Served:
    return with_intervals(redis_server, tmp_path_factory.mktemp("served"))


@pytest.mark.long
def test_stored_intervals_are_listed_to_the_second_with_what_fired(app: Served) -> None:
    text = app.client().get("/intervals").text
    for ago in range(MANY):
        assert f'<a href="/intervals/{stamp(START_MS - ago * INTERVAL_MS)}">' in text
    assert "<time>14:05:00</time>" in text and f"{MANY} intervals with a report" in text
    assert text.count(drift().headline) == MANY


def test_an_interval_shows_its_features_as_they_were(app: Served) -> None:
    text, report = app.client().get(f"/intervals/{stamp(START_MS)}?show=all").text, made_interval()
    assert "2026-01-01 14:05:00" in text
    for feature in report.features:
        assert f'href="/quality/{feature.subject.feature}?at={START_MS}"' in text
    filtered = app.client().get(f"/intervals/{stamp(START_MS)}?status=pending").text
    assert filtered.count("<tr data-key=") == 2
    assert f'/intervals/{stamp(START_MS - INTERVAL_MS)}?status=pending"' in filtered


def test_an_interval_is_found_by_its_ms_too(app: Served) -> None:
    by_stamp, by_ms = (app.client().get(f"/intervals/{start}").text for start in (stamp(START_MS), START_MS))
    assert by_stamp == by_ms


def test_an_interval_can_be_kept_as_a_file(app: Served) -> None:
    store, path = ReportStore(app.context.settings.reports_url or ""), f"/intervals/{stamp(START_MS)}"
    page, twin = app.client().get(f"{path}/report.html"), app.client().get(f"{path}/report.json")
    assert page.content == store.page(START_MS)
    assert page.headers["content-disposition"] == f'attachment; filename="headrace-{stamp(START_MS)}.html"'
    assert twin.json()["start_ms"] == START_MS and len(twin.json()["features"]) == 42


@pytest.mark.parametrize("start", some(list(ODD)))
def test_an_address_of_no_interval_reaches_no_file(app: Served, start: str) -> None:
    secret = Path(app.context.settings.var) / "report.json"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text("secret")
    for end in ("", "/report.json", "/report.html"):
        answer = app.client().get(f"/intervals/{start}{end}")
        assert answer.status_code in {303, 400, 404}, answer.text
        assert "secret" not in answer.text


def test_without_a_stored_interval_it_says_why(redis_server: RedisServer, tmp_path: Path) -> None:
    answer = served(redis_server, tmp_path).client().get("/intervals")
    assert answer.status_code == 200 and "No interval has a report yet" in answer.text


@pytest.mark.long
def test_a_long_list_goes_on_on_another_page(redis_server: RedisServer, tmp_path: Path) -> None:
    app = with_intervals(redis_server, tmp_path)
    store = ReportStore(app.context.settings.reports_url or "")
    small = made_interval(statuses={})
    for ago in range(MANY, 310):
        start = START_MS - ago * INTERVAL_MS
        folder = Path(store.place.removeprefix("file://")) / "intervals" / stamp(start)
        folder.mkdir(parents=True)
        (folder / "report.json").write_bytes(small.encode())
    first = app.client().get("/intervals").text
    assert first.count('<li><a href="/intervals/') == 300
    following = first.partition('href="?before=')[2].partition('"')[0]
    rest = app.client().get(f"/intervals?before={following}").text
    assert rest.count('<li><a href="/intervals/') == 10
