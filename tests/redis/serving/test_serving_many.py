"""Tests pages of a thousand features and eighty open incidents: each is small, and together they show everything."""

import re
from itertools import product

import pytest
from msgspec.structs import replace

from serving.pages.charts import RANGES
from tests.support.factories.quality.history_points import made_points
from tests.support.generators.seeds import some
from tests.support.services.large_deployments import FEATURES, INCIDENTS, LARGE_PAGES, NAMES, large_deployment
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import MOST_BYTES, OWN_FILES, Served

pytestmark = pytest.mark.long

ROWS = re.compile(r'<tr data-key="([^"]+)"')
NEXT = re.compile(r'href="(\?[^"]*)" data-soft>Next')
PREVIOUS = re.compile(r'href="(\?[^"]*)" data-soft>Previous')
LINES_OF_A_PAGE = 50
TABLES = ("/", "/intervals/20260101T140500Z")
QUERIES = ("?show=all", "?sort=name", "?q=user_spend", "?show=all&sort=-rows")


@pytest.fixture(scope="module")
def app(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Served:
    return large_deployment(redis_server, tmp_path_factory.mktemp("large"))


@pytest.mark.parametrize("path", some(LARGE_PAGES))
def test_a_page_of_many_is_small(app: Served, path: str) -> None:
    answer = app.client().get(path)
    assert answer.status_code == 200
    assert app.sent(path) + sum(app.sent(file) for file in OWN_FILES.findall(answer.text)) <= MOST_BYTES


@pytest.mark.parametrize(("path", "query"), some(list(product(TABLES, QUERIES))))
def test_page_after_page_shows_every_feature_once(app: Served, path: str, query: str) -> None:
    client, seen, address = app.client(), list[str](), query
    while address:
        text = client.get(path + address).text
        assert 0 < len(ROWS.findall(text)) <= LINES_OF_A_PAGE
        seen += ROWS.findall(text)
        after = NEXT.search(text)
        address = after.group(1).replace("&amp;", "&") if after else ""
    assert len(seen) == FEATURES and set(seen) == set(NAMES)


def test_a_page_leads_back_to_the_one_before(app: Served) -> None:
    client = app.client()
    first = client.get("/?show=all").text
    second = client.get("/?show=all&from=50").text
    assert PREVIOUS.search(first) is None
    back = PREVIOUS.search(second)
    assert back is not None
    assert ROWS.findall(client.get("/" + back.group(1).replace("&amp;", "&")).text) == ROWS.findall(first)


def test_a_choice_begins_with_the_first_page(app: Served) -> None:
    text = app.client().get("/?show=all&from=50").text
    assert re.findall(r'href="(\?[^"]*from=[^"]*)"', text) == ["?show=all&amp;from=100"]


def test_a_place_behind_the_end_leads_to_the_beginning(app: Served) -> None:
    text = app.client().get("/?q=user_spend&from=5000").text
    assert "The table ends before this page." in text and 'href="?q=user_spend"' in text


@pytest.mark.parametrize("place", ["-1", "x", "٣", "9" * 40])
def test_a_place_that_is_none_is_the_beginning(app: Served, place: str) -> None:
    client = app.client()
    assert ROWS.findall(client.get(f"/?show=all&from={place}").text) == ROWS.findall(client.get("/?show=all").text)


def test_the_front_page_tells_some_incidents_and_where_all_are(app: Served) -> None:
    client = app.client()
    text = client.get("/").text
    assert text.count('<li class="card incident firing">') == 6
    assert f'<a href="/incidents?state=firing">All {INCIDENTS} firing incidents</a>' in text
    assert f'<a href="/incidents?state=muted">All {INCIDENTS} muted incidents</a>' in text
    assert client.get("/incidents?state=firing").text.count('<li class="card incident firing">') == INCIDENTS


def test_a_chart_shows_a_point_as_soon_as_it_changes(app: Served) -> None:
    client, address = app.client(), f"/quality/{NAMES[1]}?range=6h"
    *older, newest = made_points()
    app.put_points(NAMES[1], [*older, newest])
    before = client.get(address).text
    assert client.get(address).text == before
    app.put_points(NAMES[1], [replace(newest, rows=123_456)])
    assert "123,456 rows" not in before and "123,456 rows" in client.get(address).text


@pytest.mark.parametrize("span", ["1h", "24h", "7d"])
def test_the_table_of_a_history_is_short_and_spans_all_of_it(app: Served, span: str) -> None:
    app.put_points(NAMES[2], made_points())
    text = app.client().get(f"/quality/{NAMES[2]}?range={span}&view=table").text
    starts = [int(start) for start in re.findall(r'<tr><th scope="row"><a href="\?[^"]*at=(\d+)', text)]
    assert 12 <= len(starts) <= 52 and starts == sorted(starts, reverse=True)
    assert starts[0] - starts[-1] >= 0.9 * RANGES[span]
