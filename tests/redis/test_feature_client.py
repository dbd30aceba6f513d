"""Tests `headrace.FeatureClient` over a real `headrace serve` and a real Redis: the same answers, the same errors."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import headrace
from headrace import EntityAnswer, FeatureClient, InvalidRequest, ServiceUnavailable, UnreadableEntity
from tests.support.paths import ROOT
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import NOW_MS, Served, served
from tests.support.services.serving_thread import serving_thread

Open = Callable[[], FeatureClient]
DEFINITIONS = headrace.load(ROOT / "feature_specs")


@pytest.fixture(scope="module")
def app(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Served:
    made = served(redis_server, tmp_path_factory.mktemp("served"))
    row = {
        "user_spend_1h": "12.5",
        "user_last_categories": '["a","ü"]',
        "user_is_abroad": "true",
        "user_payments_30d": "x",
    }
    made.put_entity("user", "u1", row | {"_warming": "user_login_frequency", "_quarantined": "user_last_country"})
    made.put_entity("item", "i/1?ü", {"item_p90_amount_30d": "99.5"})
    made.store.set(f"{made.prefix}:user:alien", "no hash")
    return made


@pytest.fixture(scope="module")
def address(app: Served, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("serve")
    with serving_thread(folder, redis_url=redis_server.url, redis_prefix=app.prefix) as url:
        yield url


@pytest.fixture(params=["api", "redis"])
def client(
    request: pytest.FixtureRequest, app: Served, redis_server: RedisServer, address: str
) -> Iterator[FeatureClient]:
    with (
        FeatureClient(address, timeout=20)
        if request.param == "api"
        else FeatureClient(redis_server.url, definitions=DEFINITIONS, prefix=app.prefix, timeout=20)
    ) as opened:
        yield opened


def answer_of(client: FeatureClient, *arguments: str, **more: str) -> EntityAnswer:
    answer = client.get(*arguments, **more)
    assert answer is not None
    return answer


def test_an_entity_is_a_plain_dictionary_of_types(client: FeatureClient) -> None:
    user = answer_of(client, "user", "u1")
    assert list(user) == ["id", "as_of", "age_ms", "features", "warming", "quarantined", "unusable", "deprecated"]
    assert (user["id"], user["as_of"]) == ("u1", NOW_MS - 1_500)
    assert user["age_ms"] > 0
    assert list(user["features"]) == [feature.feature_name for feature in DEFINITIONS.of_entity("user_id")]
    assert user["features"]["user_spend_1h"] == 12.5
    assert user["features"]["user_last_categories"] == ["a", "ü"]
    assert user["features"]["user_is_abroad"] is True
    assert user["features"]["user_payments_30d"] is None
    assert list(user["unusable"]) == ["user_payments_30d"]
    assert (user["warming"], user["quarantined"]) == (["user_login_frequency"], ["user_last_country"])


def test_features_are_chosen_by_name_or_by_set(client: FeatureClient) -> None:
    named = client.get("user", "u1", features=["user_is_abroad", "user_spend_1h"])
    assert named is not None
    assert list(named["features"].items()) == [("user_is_abroad", True), ("user_spend_1h", 12.5)]
    of_set = answer_of(client, "user", "u1", set="fraud_v1")
    fraud = DEFINITIONS.feature_set("fraud_v1")
    assert tuple(of_set["features"]) == tuple(feature.feature_name for feature in fraud.of_entity("user_id"))
    item = answer_of(client, "item", "i/1?ü", set="fraud_v1")
    assert item["features"] == {"item_p90_amount_30d": 99.5, "item_refund_ratio_7d": None}
    assert client.get_many("user", ["u1"], features=iter(["user_spend_1h"]))[0] is not None
    assert client.get_many("user", ["u1"], features=[])[0] is not None


def test_many_come_in_the_order_asked_for(client: FeatureClient) -> None:
    nobody, user, alien, again = client.get_many("user", iter(["nobody", "u1", "alien", "u1"]), set="fraud_v1")
    assert nobody is None and user is not None and alien is not None and again is not None
    assert alien["id"] == "alien" and "error" in alien and "expected a hash" in alien["error"]
    assert user["id"] == again["id"] == "u1"
    assert client.get_many("user", []) == []
    assert client.get("user", "nobody") is None
    with pytest.raises(UnreadableEntity, match="expected a hash"):
        client.get("user", "alien")


def test_thousands_are_read_by_several_requests(client: FeatureClient) -> None:
    """Even if the ids alone are larger than a request may be."""
    ids = [f"u{number}" for number in range(2_500)]
    answers = client.get_many("user", ids, features=["user_spend_1h"])
    assert [place for place, answer in enumerate(answers) if answer is not None] == [1]
    assert len(answers) == len(ids)
    long = ["\x01" * 1_024] * 400 + ["u1"] + ["ü" * 1_024] * 700
    assert [place for place, answer in enumerate(client.get_many("user", long)) if answer is not None] == [400]


@pytest.mark.parametrize(
    ("arguments", "more", "says"),
    [
        (("planet", ["u1"]), {}, "unknown entity type 'planet'; expected one of: item, user"),
        (("user", ["u1"]), {"features": ["no_such"]}, "unknown feature 'no_such' of entity type 'user'"),
        (
            ("user", ["u1"]),
            {"features": ["item_orders_15m"]},
            "unknown feature 'item_orders_15m' of entity type 'user'",
        ),
        (("user", ["u1"]), {"set": "fraud v2&"}, "unknown feature set 'fraud v2&'; expected one of: fraud_v1"),
        (("user", ["u1"]), {"set": ""}, "unknown feature set ''; expected one of: fraud_v1"),
        (
            ("user", ["u1"]),
            {"set": "fraud_v1", "features": ["user_spend_1h"]},
            "both features and the feature set 'fraud_v1'",
        ),
        (("user", "u1"), {}, "ids: 'u1' is a string; expected a list of strings"),
        (("user", ["u1"]), {"features": "user_spend_1h"}, "features: 'user_spend_1h' is a string"),
        (("user", [1]), {}, "ids: 1 has type int; expected a string"),
        (("user", ["\ud800"]), {}, "ids: half a surrogate pair"),
    ],
)
def test_what_is_asked_wrongly_is_told(
    client: FeatureClient, arguments: tuple[str, list[str]], more: dict[str, str], says: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        client.get_many(*arguments, **more)
    assert str(raised.value).startswith(says)


PAGE = (ROOT / "docs" / "python.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_programs_of_the_page_run(
    block: str, app: Served, address: str, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    places = {"http://localhost:8080": address, "redis://localhost:6379/0": redis_server.url}
    for shown, real in {**places, '"headrace"': f'"{app.prefix}"', "timeout=2.0": "timeout=20"}.items():
        block = block.replace(shown, real)
    names: dict[str, Any] = {}
    exec(block, names)
    assert names.get("spend", 12.5) == 12.5
    assert names.get("vectors", [[12.5, True], None]) == [[12.5, True], None]
    assert names.get("one", {"id": "u1"})["id"] == "u1"
    assert {"one", "names"} & names.keys()


def test_every_public_name_is_on_the_page() -> None:
    assert [name for name in headrace.__all__ if f"`{name}`" not in PAGE] == []


def test_threads_share_a_client(client: FeatureClient) -> None:
    seen = list[object]()

    def read() -> None:
        for _ in range(20):
            seen.append(answer_of(client, "user", "u1")["features"]["user_spend_1h"])

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [12.5] * 160


def test_a_closed_client_can_be_used_again(client: FeatureClient) -> None:
    assert client.get("user", "u1")
    client.close()
    assert client.get("user", "u1")


def test_a_token_opens_a_guarded_server(app: Served, redis_server: RedisServer, tmp_path: Path) -> None:
    settings = {"redis_url": redis_server.url, "redis_prefix": app.prefix, "serve_token": "s3cret"}
    with serving_thread(tmp_path, **settings) as url:
        with FeatureClient(url, token="s3cret", timeout=20) as client:
            assert client.get("user", "u1")
        for token in (None, "wrong"):
            with FeatureClient(url, token=token, timeout=20) as client, pytest.raises(InvalidRequest) as raised:
                client.get("user", "u1")
            assert str(raised.value) == f"{url}: missing or wrong token"


def test_a_server_that_is_away_is_told_and_found_again(own_redis: RedisServer, tmp_path: Path) -> None:
    made = served(own_redis, tmp_path)
    settings = {"redis_url": own_redis.url, "redis_prefix": made.prefix}
    with (
        serving_thread(tmp_path, **settings) as url,
        FeatureClient(url, timeout=20) as over_api,
        FeatureClient(own_redis.url, definitions=DEFINITIONS, prefix=made.prefix) as over_redis,
    ):
        assert over_api.get("user", "u1") is over_redis.get("user", "u1") is None
        own_redis.stop()
        for client, says in ((over_api, f"{url}: Redis is not reachable"), (over_redis, "cannot be read")):
            with pytest.raises(ServiceUnavailable, match=says):
                client.get("user", "u1")
        own_redis.start()
        assert over_api.get("user", "u1") is over_redis.get("user", "u1") is None


def test_nobody_there_is_told_with_the_address() -> None:
    port = free_port()
    over_api = FeatureClient(f"http://localhost:{port}")
    over_redis = FeatureClient(f"redis://:s3cret@localhost:{port}", definitions=DEFINITIONS)
    for client in (over_api, over_redis):
        with client, pytest.raises(ServiceUnavailable, match=f"localhost:{port}") as raised:
            client.get("user", "u1")
        assert "refused" in str(raised.value) and "s3cret" not in str(raised.value)
