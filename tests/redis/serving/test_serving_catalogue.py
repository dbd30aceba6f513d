"""Tests the catalogue of the server: small for any number of definitions, available without Redis; values on a site."""

import gzip
import random
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dataflows.definitions import load
from dataflows.runtime.settings import Settings
from governance.publishing.catalogue import features_now, site_files
from serving.app import app_of
from serving.catalogue import CatalogueFilter, catalogue_entries
from tests.support.factories.definitions import ORDERS, write
from tests.support.factories.deployments import furnish
from tests.support.generators.seeds import fresh_seed
from tests.support.paths import ROOT
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

NAMES = re.compile(r'<tr data-name="([^"]+)"')
MOST = 50_000


def client(specs: Path) -> TestClient:
    """Serves the pages of definitions whose Redis does not answer."""
    settings = Settings.model_validate({"specs": specs, "redis_url": f"redis://localhost:{free_port()}/0"})
    return TestClient(app_of(settings), base_url="http://localhost")


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Writes a thousand features with random words in their descriptions."""
    chance, specs = random.Random(fresh_seed()), tmp_path_factory.mktemp("specs")
    write(specs / "sources" / "orders.yaml", ORDERS)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(3_000)]
    for n in range(1_000):
        feature = {
            "feature_name": f"user_{chance.choice(vocabulary)}_{n}", "version": 1, "owner": f"t{n % 30}@example.com",
            "description": " ".join(chance.choices(vocabulary, k=60)), "value_type": "INT64", "entity_id": "user_id",
            "topic_name": "persistent://public/default/feature-user", "source": "orders", "aggregation": "count",
            "window": "1h", "tags": chance.choices(vocabulary, k=1),
        }  # fmt: skip
        write(specs / "user" / f"f{n}.yaml", feature)
    return specs


@pytest.mark.long
def test_a_page_is_small_and_leads_to_the_next_until_all_were_shown(thousand: Path) -> None:
    pages, seen, address = client(thousand), list[str](), "/catalogue"
    while address:
        answer = pages.get(address)
        files = re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)
        weight = sum(len(gzip.compress(pages.get(file).content)) for file in files)
        assert len(gzip.compress(answer.content)) + weight < MOST
        seen += NAMES.findall(answer.text)
        more = re.search(r'href="(\?[^"]+)" data-soft>Next', answer.text)
        address = f"/catalogue{more[1]}".replace("&amp;", "&") if more else ""
    assert seen == [entry.name for entry in catalogue_entries(load(thousand))]


@pytest.mark.long
def test_a_search_goes_through_all_of_them(thousand: Path) -> None:
    entries = catalogue_entries(load(thousand))
    wanted = entries[777]
    answer = client(thousand).get("/catalogue", params={"q": wanted.description[:20], "owner": wanted.owner})
    chosen = CatalogueFilter(text=wanted.description[:20], owner=wanted.owner)
    assert NAMES.findall(answer.text) == [entry.name for entry in chosen.matches(entries)]
    assert wanted.name in NAMES.findall(answer.text)


def test_it_answers_while_redis_is_away() -> None:
    pages = client(ROOT / "feature_specs")
    assert pages.get("/").status_code == 503
    for entry in catalogue_entries(load(ROOT / "feature_specs")):
        answer = pages.get(f"/catalogue/{entry.kind}s/{entry.name}")
        assert answer.status_code == 200 and entry.description in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    "path",
    [
        "/catalogue/features/nothing",
        "/catalogue/sets/user_spend_1h",
        "/catalogue/other/fraud_v1",
        "/catalogue/features/%2e%2e",
    ],
)
def test_what_is_not_there_is_said(path: str) -> None:
    assert client(ROOT / "feature_specs").get(path).status_code == 404


@pytest.mark.parametrize("begin", ["-1", "x", "٣", "99999999999", "1000000", ""])
def test_a_number_that_is_none_begins_at_the_beginning_or_shows_nothing(begin: str) -> None:
    answer = client(ROOT / "feature_specs").get("/catalogue", params={"from": begin})
    assert answer.status_code == 200
    assert len(NAMES.findall(answer.text)) in (0, 45)


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    app = served(redis_server, tmp_path)
    furnish(app)
    for number in range(9):
        app.put_entity("item", f"secret-{number}", {"item_orders_1h": str(number % 2), "item_min_price_30d": "0.5"})
    return app


@pytest.mark.long
def test_a_site_has_quality_and_values_of_a_running_store_and_names_nobody(app: Served) -> None:
    specs = app.context.settings.specs
    files = site_files(app.context.definitions, specs, app.prefix, features_now(app.context))
    page = files["features/item_orders_1h.html"].decode()
    assert "Values of a few entities:" in page and "<code>0</code> <code>1</code>" in page
    spend = files["features/user_spend_1h.html"].decode()
    assert 'class="status firing"' in spend and "freshness" in spend
    assert not [path for path, content in files.items() if b"secret-" in content]
    assert files == site_files(app.context.definitions, specs, app.prefix, features_now(app.context))


def test_a_site_of_a_store_without_anything_says_so(redis_server: RedisServer, tmp_path: Path) -> None:
    empty = served(redis_server, tmp_path)
    files = site_files(
        empty.context.definitions, empty.context.settings.specs, empty.prefix, features_now(empty.context)
    )
    assert b"No quality report yet." in files["features/user_spend_1h.html"]
