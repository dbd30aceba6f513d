"""Tests `headrace doctor` on a real Pulsar: registry and schemas against the folder."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.pulsar import PulsarAdmin, PulsarConnection, TopicName
from dataflows.definitions import load
from dataflows.runtime.endpoints import topic_schema
from tests.support.broker.topics import admin_call, fresh_topic
from tests.support.programs.command_line import SPENT, headrace, home


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pulsar: PulsarConnection) -> Iterator[Path]:
    with home(tmp_path, monkeypatch) as folder:
        monkeypatch.setenv("HEADRACE_PULSAR_URL", pulsar.url)
        monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", pulsar.admin_url)
        monkeypatch.setenv("HEADRACE_REGISTRY_TOPIC", fresh_topic("registry"))
        yield folder


def written(specs: Path, topic: str, *changes: tuple[str, str]) -> None:
    text = SPENT.replace("persistent://public/default/feature-user", topic)
    for before, after in changes:
        text = text.replace(before, after)
    (specs / "user" / "user_spent_1d.yaml").write_text(text)


def places() -> dict[str, str]:
    definitions = json.loads(headrace("doctor", "--json").stdout)["definitions"]
    return dict(
        next(definition["places"] for definition in definitions if definition["key"] == "feature/user_spent_1d")
    )


def test_registry_and_schema_are_those_of_the_folder_or_not(pulsar: PulsarConnection, specs: Path) -> None:
    topic = fresh_topic("feature")
    written(specs, topic)
    assert places() == {"registry": "missing", "schema": "missing"}
    headrace("register")
    assert places() == {"registry": "same", "schema": "same"}
    assert headrace("doctor").exit_code == 0
    written(specs, topic, ("owner: ", "owner: x"))
    assert places() == {"registry": "other", "schema": "same"}
    written(specs, topic, ("value: amount", "value: amount * 2"))
    assert places() == {"registry": "other", "schema": "other"}
    assert headrace("doctor").exit_code == 2
    written(specs, topic)
    admin_call(pulsar, "DELETE", f"schemas/{TopicName.parse(topic).path}/schema")
    assert places() == {"registry": "same", "schema": "missing"}
    assert "registered schema version" in headrace("register").output
    assert places() == {"registry": "same", "schema": "same"}


def test_a_schema_that_comes_back_is_the_newest(pulsar: PulsarConnection, specs: Path) -> None:
    topic = fresh_topic("feature")
    versions = list[int]()
    for owner in ("a", "b", "a"):
        written(specs, topic, ("owner: ", f"owner: {owner}"))
        assert headrace("register").exit_code == 0
        newest = PulsarAdmin(pulsar).schema(topic)
        assert newest is not None
        expected = topic_schema(topic, load(specs).features).definition()["properties"]
        properties = json.loads(newest["data"])["properties"]
        assert {name: properties[name] for name in expected} == expected
        versions.append(newest["version"])
    assert versions == [0, 1, 2]
    assert headrace("register").stdout.startswith("nothing to do")


def test_a_broker_that_does_not_answer_is_unknown(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", "http://127.0.0.1:9")
    silent = headrace("doctor")
    assert silent.exit_code == 1
    assert "registry: unknown: " in silent.stderr
    assert "schema: unknown: " in silent.stderr
