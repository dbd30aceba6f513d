"""Tests that a page answers any address with a page, and only displays what was asked."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.factories.deployments import furnish
from tests.support.factories.quality.history_points import made_points
from tests.support.factories.quality.reports import HOSTILE
from tests.support.generators.seeds import some
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

pytestmark = pytest.mark.long

PATHS = (
    "/", "/live/front", "/quality/user_spend_1h", "/live/quality/user_last_device", "/incidents",
    "/intervals/20260101T140500Z",
)  # fmt: skip
NAMES = ("entity", "owner", "tag", "status", "q", "sort", "show", "range", "from", "to", "view", "state", "before")
ODD = (*HOSTILE, "-1", "0", "9" * 15, "٣", "x" * 5_000, "\x00", "-", "-rows", "name", "__class__", "%")


@pytest.fixture(scope="module")
def app(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Served:
    app = served(redis_server, tmp_path_factory.mktemp("served"))
    furnish(app, 1)
    return app


@pytest.mark.parametrize("text", some(ODD))
def test_an_odd_address_is_answered(app: Served, text: str) -> None:
    client = app.client()
    for path in PATHS:
        for name in NAMES:
            answer = client.get(f"{path}?{urlencode({name: text})}")
            assert answer.status_code == 200, (path, name)
            assert "<script>window" not in answer.text and "<img src=x" not in answer.text, (path, name)


def test_a_column_sorts_both_ways(app: Served) -> None:
    pages = [app.client().get(f"/?sort={sort}").text.split('<tr data-key="')[1:] for sort in ("name", "-name")]
    names, backwards = ([row.partition('"')[0] for row in rows] for rows in pages)
    assert names == sorted(names) == backwards[::-1] and len(names) == 42


def test_long_quiet_groups_are_a_line_until_asked_for(app: Served) -> None:
    client = app.client()
    shown = [client.get(path).text.count("<tr data-key=") for path in ("/", "/?show=all", "/?status=ok", "/?sort=name")]
    assert shown == [15, 42, 27, 42]


def test_a_young_history_fills_its_chart(redis_server: RedisServer, tmp_path: Path) -> None:
    app = served(redis_server, tmp_path)
    app.put_points("user_spend_1h", made_points(6))
    client = app.client()
    assert "2026-01-01 13:40:00 to 14:10:00 UTC" in client.get("/quality/user_spend_1h").text
    assert "2026-01-01 13:10:00 to 14:10:00 UTC" in client.get("/quality/user_spend_1h?range=1h").text
