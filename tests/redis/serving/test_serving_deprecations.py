"""Tests deprecated features and sets over a real Redis: the API, the client and all pages say so."""

import shutil
from pathlib import Path

import pytest

import headrace
from headrace import FeatureClient
from tests.support.factories.quality.reports import made_feature
from tests.support.paths import ROOT
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

SPEND, SET = "user_profile/user_spend_1h.yaml", "sets/fraud_v1.yaml"
DEPRECATED = "\ndeprecated: {since: 2026-01-01, use: user_payments_30d, remove_after: 2026-01-31}\n"
FACTS = {"since": "2026-01-01", "use": "user_payments_30d", "remove_after": "2026-01-31"}
WORDS = "deprecated since 2026-01-01: read user_payments_30d instead; available until 2026-01-31"
ONE, MANY = "/api/v1/features/user/u1", "/api/v1/features"


def specs_in(folder: Path) -> Path:
    """Copies the shipped definitions, with one deprecated feature and set."""
    specs = folder / "specs"
    shutil.copytree(ROOT / "feature_specs", specs)
    spend = next(specs.rglob("user_spend_1h.yaml"))
    spend.write_text(spend.read_text() + DEPRECATED)
    (specs / SET).write_text((specs / SET).read_text() + "\ndeprecated: {since: 2026-02-01}\n")
    return specs


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    made = served(redis_server, tmp_path, specs=specs_in(tmp_path))
    made.put_entity("user", "u1", {"user_spend_1h": "12.5"})
    made.put_reports([made_feature("user_spend_1h"), made_feature("user_login_frequency")])
    return made


def test_the_api_names_what_is_to_go_of_what_was_asked(app: Served) -> None:
    client = app.client()
    assert client.get(ONE).json()["deprecated"] == {"user_spend_1h": FACTS}
    in_set = client.get(ONE, params={"set": "fraud_v1"}).json()
    assert in_set["deprecated"] == {"user_spend_1h": FACTS, "fraud_v1": {"since": "2026-02-01"}}
    asked = {"entity_type": "user", "ids": ["u1", "nobody"], "features": ["user_login_frequency"]}
    assert client.post(MANY, json=asked).json()["entities"][0]["deprecated"] == {}
    both = {**asked, "features": ["user_login_frequency", "user_spend_1h"]}
    assert client.post(MANY, json=both).json()["entities"][0]["deprecated"] == {"user_spend_1h": FACTS}


def test_the_pages_say_so(app: Served) -> None:
    client = app.client()
    front = client.get("/").text
    assert f'<span class="tag" title="{WORDS}">deprecated</span>' in front
    assert front.count(">deprecated<") == 1
    page = client.get("/quality/user_spend_1h").text
    assert f"D{WORDS[1:]}. " in page
    assert '<a href="/quality/user_payments_30d">Go to user_payments_30d</a>' in page
    assert 'data-is="deprecated"' not in client.get("/quality/user_login_frequency").text
    assert WORDS in client.get("/features/user/u1").text


def test_a_feature_without_a_report_is_named_with_it(redis_server: RedisServer, tmp_path: Path) -> None:
    bare = served(redis_server, tmp_path, specs=specs_in(tmp_path))
    bare.put_reports([made_feature("user_login_frequency")])
    assert ">user_spend_1h</a> (deprecated)" in bare.client().get("/").text


def test_the_client_warns_once_of_each_name(app: Served, redis_server: RedisServer, tmp_path: Path) -> None:
    definitions = headrace.load(tmp_path / "specs")
    with FeatureClient(redis_server.url, definitions=definitions, prefix=app.prefix, timeout=20) as client:
        with pytest.warns(DeprecationWarning, match="user_spend_1h is deprecated: since 2026-01-01, use") as seen:
            answer = client.get("user", "u1")
        assert seen[0].filename == __file__
        assert answer is not None
        assert answer["deprecated"] == {"user_spend_1h": FACTS}
        client.get_many("user", ["nobody", "u1"])  # a second warning would be an error
        with pytest.warns(DeprecationWarning, match="fraud_v1 is deprecated: since 2026-02-01"):
            client.get("user", "u1", set="fraud_v1")
