"""Tests the pages of incidents over a real Redis: the whole life of each, and that untrusted texts are only
displayed."""

from html import escape, unescape
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from reports.incidents import deliveries_key, incidents_key
from reports.moments import moment
from tests.support.factories.quality.incidents import (
    NOW_MS,
    drift,
    explained,
    made_deliveries,
    made_incidents,
    resolved,
    silence,
)
from tests.support.factories.quality.reports import HOSTILE, made_feature
from tests.support.generators.seeds import some
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path) -> Served:
    app = served(redis_server, tmp_path)
    app.put_incidents(made_incidents(), made_deliveries())
    return app


def page(app: Served, path: str) -> str:
    answer = app.client().get(path)
    assert answer.status_code == 200, path
    return unescape(answer.text)


def test_an_incident_has_its_whole_life_on_its_page(app: Served) -> None:
    text, incident = page(app, "/incidents/drift:orders:1"), drift()
    assert incident.headline in text.partition("</h1>")[0]
    assert "Look at the newest orders of country XX." in text and 'href="https://wiki.example.com/orders"' in text
    for symptom in incident.symptoms:
        assert f'href="/quality/{symptom.feature}?from=' in text
        assert symptom.now in text and symptom.usual in text and symptom.peak in text
        assert moment(symptom.onset_ms)[11:] in text
    assert (
        "slack was notified of the firing alert." in text
        and "risk-team@example.com was notified of the firing alert." in text
    )
    assert text.index("Started.") < text.index("slack was notified") < text.index("Peak")


def test_firing_resolved_and_muted_are_told_apart(app: Served) -> None:
    over, quiet = resolved(), explained()
    text = page(app, f"/incidents/{quote(over.id, safe='')}")
    assert '<span class="status resolved">resolved</span>' in text and "Resolved after 35 min." in text
    muted = page(app, f"/incidents/{quote(quiet.id, safe='')}")
    assert '<span class="status muted">muted</span>' in muted and silence().headline in muted
    every = page(app, "/incidents")
    looks = [line.partition('<li class="card incident ')[2].partition('"')[0] for line in every.splitlines()]
    assert [look for look in looks if look] == ["firing", "firing", "muted", *["resolved"] * 4]
    for look, many in (("firing", 2), ("muted", 1), ("resolved", 4)):
        assert page(app, f"/incidents?state={look}").count('<li class="card incident') == many


def test_a_feature_links_the_incidents_it_is_part_of_or_muted_by(app: Served) -> None:
    app.put_reports([made_feature("user_spend_1h"), made_feature("user_failed_logins_7d")])
    assert drift().headline in page(app, "/quality/user_spend_1h")
    muted = page(app, "/quality/user_failed_logins_7d")
    assert silence().headline in muted and drift().headline not in muted


@pytest.mark.parametrize("name", ["nobody", "_as_of", "%2e%2e", "<b>", "%00", "a/b", "9" * 5_000])
def test_an_unknown_incident_is_told(app: Served, name: str) -> None:
    app.store.hset(incidents_key(app.prefix), "_as_of", str(NOW_MS))
    answer = app.client().get(f"/incidents/{quote(name, safe='%')}")
    assert answer.status_code == 404 and "<b>" not in answer.text.partition("<h1>")[2].partition("</h1>")[0]


@pytest.mark.parametrize("text", some([*HOSTILE, "javascript:window.hacked=1", "\x00", "\ud7ff" * 3, "x" * 10_000]))
def test_texts_of_others_are_only_shown(app: Served, text: str) -> None:
    app.put_incidents([drift(name=text, text=text)])
    address = f"/incidents/{quote(text, safe='')}"
    for path in ("/", "/incidents", address, "/quality/user_spend_1h"):
        answer = app.client().get(path)
        assert answer.status_code in {200, 404} and (path == address or answer.status_code == 200)
        assert "<script>window" not in answer.text and "<img src=x" not in answer.text
        assert 'href="javascript:' not in answer.text
        assert len(answer.text) < 60_000


def test_what_is_no_incident_is_told_by_its_key(app: Served) -> None:
    app.store.hset(incidents_key(app.prefix), "broken", b"{}")
    for path in ("/", "/incidents", "/incidents/broken"):
        answer = app.client().get(path)
        assert answer.status_code == 500 and escape(incidents_key(app.prefix)) in answer.text
    app.store.delete(incidents_key(app.prefix))
    app.store.set(incidents_key(app.prefix), "text")
    assert "expected a hash" in app.client().get("/incidents").text


def test_deliveries_of_a_newer_version_are_read_or_told(app: Served) -> None:
    deliveries = msgspec.json.encode([{"target": "mail", "state": "resolved", "at_ms": NOW_MS, "more": 1}])
    app.store.hset(deliveries_key(app.prefix), "drift:orders:1", deliveries)
    assert "mail was notified of a partial recovery." in page(app, "/incidents/drift:orders:1")
    app.store.hset(deliveries_key(app.prefix), "drift:orders:1", b"[1]")
    assert app.client().get("/incidents/drift:orders:1").status_code == 500


def test_nothing_is_known_yet(redis_server: RedisServer, tmp_path: Path) -> None:
    app = served(redis_server, tmp_path)
    assert "No incident is firing" in page(app, "/incidents")
