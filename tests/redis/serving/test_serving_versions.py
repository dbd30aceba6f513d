"""Tests a candidate beside the promoted version, over a real Redis: every reader asks for it as NAME@VERSION."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

import headrace
from dataflows.runtime.recorded_fingerprints import note_specs
from headrace import FeatureClient
from serving.features.feature_reader import FeatureReader
from serving.features.provenance import OTHER
from tests.support.factories.quality.reports import made_feature
from tests.support.paths import ROOT
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

NAME = "user_spend_1h@2"
ONE, MANY = "/api/v1/features/user/u1", "/api/v1/features"


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """Copies the shipped definitions, with a set that reads a candidate."""
    folder = tmp_path / "specs"
    shutil.copytree(ROOT / "feature_specs", folder)
    first = next(folder.rglob("user_spend_1h.yaml"))
    text = first.read_text().replace("version: 1", "version: 2")
    first.with_stem("user_spend_1h_v2").write_text(f"{text}\ncandidate: true\n")
    lines = ["set_name: next", "version: 1", "owner: a@example.com", "description: Next", f"features: [{NAME}]"]
    (folder / "sets" / "next.yaml").write_text("\n".join(lines))
    return folder


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path, specs: Path) -> Served:
    made = served(redis_server, tmp_path, specs=specs)
    made.put_entity("user", "u1", {"user_spend_1h": "12.5", NAME: "2.5", "_warming": f"user_is_abroad,{NAME}"})
    return made


def test_the_api_has_both(app: Served) -> None:
    client = app.client()
    entity = client.get(ONE).json()
    assert (entity["features"]["user_spend_1h"], entity["features"][NAME]) == (12.5, 2.5)
    assert entity["warming"] == ["user_is_abroad", NAME]
    body = {"entity_type": "user", "ids": ["u1"], "features": [NAME, "user_spend_1h"]}
    assert client.post(MANY, json=body).json()["entities"][0]["features"] == {NAME: 2.5, "user_spend_1h": 12.5}
    assert client.get(ONE, params={"set": "next"}).json()["features"] == {NAME: 2.5}
    unknown = client.post(MANY, json={**body, "features": ["user_spend_1h@3"]})
    assert (unknown.status_code, unknown.json()["error"]) == (
        422,
        "unknown feature 'user_spend_1h@3' of entity type 'user'",
    )


def test_the_pages_have_both(app: Served) -> None:
    client = app.client()
    page = client.get(f"/quality/{NAME}")
    assert page.status_code == 200
    assert f"<h1>{NAME} has no values yet</h1>" in page.text
    assert client.get(f"/live/quality/{NAME}").status_code == 200
    assert f'data-testid="feature-{NAME}"' in client.get("/features/user/u1").text
    assert client.get(f"/api/v1/quality/{NAME}").status_code == 200
    assert client.get("/quality/user_spend_1h@3").status_code == 404


def test_reports_pictures_and_the_history_of_a_candidate(app: Served, tmp_path: Path) -> None:
    report = made_feature("user_spend_1h")
    candidate = replace(report, subject=replace(report.subject, feature=NAME))
    app.put_reports([report, candidate])
    app.context.reports.write_feature(candidate)
    app.context.reports.write_image(NAME, candidate.start_ms, b"picture")
    assert app.context.reports.feature(NAME, candidate.start_ms) == candidate
    assert app.context.reports.images(NAME) == [candidate.start_ms]
    client = app.client()
    assert f'<a href="/quality/{NAME}">{NAME}</a>' in client.get("/").text
    page = client.get(f"/quality/{NAME}", params={"at": candidate.start_ms})
    assert page.status_code == 200
    assert f'src="/quality/{NAME}/image.png?at={candidate.start_ms}"' in page.text
    assert client.get(f"/quality/{NAME}/image.png", params={"at": candidate.start_ms}).content == b"picture"


@pytest.mark.parametrize("name", ["user@", "user@0", "user@1@2", "../user@2", "user@2/..", "user@02"])
def test_no_other_name_becomes_a_path(app: Served, name: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        app.context.reports.feature(name, 0)


def test_the_client_has_both(app: Served, redis_server: RedisServer, specs: Path) -> None:
    with FeatureClient(redis_server.url, definitions=headrace.load(specs), prefix=app.prefix, timeout=20) as client:
        answer = client.get("user", "u1", features=[NAME])
    assert answer is not None
    assert answer["features"] == {NAME: 2.5}


def promoted(specs: Path) -> None:
    """Promotes the candidate in place of the first version."""
    first = next(specs.rglob("user_spend_1h.yaml"))
    second = first.with_stem("user_spend_1h_v2")
    first.write_text(second.read_text().replace("candidate: true\n", ""))
    second.unlink()
    (specs / "sets" / "next.yaml").unlink()


@pytest.mark.parametrize("reader_is_ahead", [True, False])
def test_promotion_leaves_no_gap_whoever_is_restarted_first(
    redis_server: RedisServer, tmp_path: Path, specs: Path, reader_is_ahead: bool
) -> None:
    before = headrace.load(specs)
    promoted(specs)
    after = headrace.load(specs)
    writing, reading = (before, after) if reader_is_ahead else (after, before)
    made = served(redis_server, tmp_path, specs=specs)
    note_specs(made.store, writing, made.prefix)
    both = {"user_spend_1h": "1.5", NAME: "2.5", "_warming": f"user_is_abroad,{NAME}"}
    alone = {"user_spend_1h": "2.5", "_warming": "user_is_abroad,user_spend_1h"}
    made.put_entity("user", "u1", {**(both if reader_is_ahead else alone), "_spec": writing.fingerprint})
    entity = FeatureReader(made.store, reading, made.prefix).read_entity("user", "u1")
    assert entity is not None
    name, others = ("user_spend_1h", {}) if reader_is_ahead else (NAME, {"user_spend_1h": OTHER})
    assert entity.values[name] == 2.5
    assert entity.unusable == others
    assert entity.warming == {"user_is_abroad", name}
    assert reader_is_ahead or entity.values["user_spend_1h"] is None
