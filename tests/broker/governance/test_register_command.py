"""Tests `headrace register` on a real Pulsar: what it creates there, and what it refuses."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.pulsar import AdminError, PulsarAdmin, PulsarConnection, TopicName, TopicPolicies
from tests.support.broker.topics import admin_call, fresh_topic, topic_of
from tests.support.programs.command_line import headrace, home
from tests.support.waiting import await_that


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with home(tmp_path, monkeypatch) as folder:
        yield folder


def set_broker(monkeypatch: pytest.MonkeyPatch, url: str, admin_url: str) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_URL", url)
    monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", admin_url)
    monkeypatch.setenv("HEADRACE_REGISTRY_TOPIC", fresh_topic("registry"))


def on_own_topics(specs: Path, namespace: str = "default") -> tuple[str, str]:
    """Moves the feature and its source to unique topics."""
    topics = [fresh_topic(name).replace("default", namespace) for name in ("feature", "raw")]
    files = {"user/user_spent_1d": "feature-user", "sources/orders": "raw-order-events"}
    for (name, before), topic in zip(files.items(), topics, strict=True):
        file = specs / f"{name}.yaml"
        file.write_text(file.read_text().replace(f"persistent://public/default/{before}", topic))
    return topics[0], topics[1]


def test_topics_and_schemas_are_made_and_told(
    pulsar: PulsarConnection, specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_broker(monkeypatch, pulsar.url, pulsar.admin_url)
    feature, raw = on_own_topics(specs)
    result = headrace("register")
    assert result.exit_code == 0
    for words in (f"created topic {raw} with 4 partitions", f"registered schema version 0 of topic {feature}"):
        assert words in result.output
    written = TopicPolicies(pulsar).properties(feature)
    assert written["headrace.owner"] == "shop@example.com"
    assert written["headrace.version"] == "user_spent_1d@1"
    assert "What the user paid" in written["headrace.description"]
    schema = PulsarAdmin(pulsar).schema(feature)
    assert schema is not None
    assert schema["properties"]["user_spent_1d.owner"] == "shop@example.com"
    assert headrace("register").stdout == "nothing to do: revision 1 already contains these definitions\n"
    assert headrace("plan").exit_code == 0
    assert json.loads(headrace("history", "orders", "--json").stdout)["entries"][0]["revision"] == 1


def test_a_topic_that_would_keep_nothing_is_kept(
    pulsar: PulsarConnection, specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_broker(monkeypatch, pulsar.url, pulsar.admin_url)
    namespace = f"forgetful-{time.time_ns()}"
    admin_call(pulsar, "PUT", f"namespaces/public/{namespace}")
    nothing = {"retentionTimeInMinutes": 0, "retentionSizeInMB": 0}
    admin_call(pulsar, "POST", f"namespaces/public/{namespace}/retention", nothing)
    feature, _ = on_own_topics(specs, namespace)
    assert f"topic {feature} keeps its messages for 30 days" in headrace("register").output
    await_that(lambda: PulsarAdmin(pulsar).retention(feature) == (30 * 1_440, -1))
    admin_call(pulsar, "POST", f"persistent/{TopicName.parse(feature).path}/retention", nothing)
    await_that(lambda: PulsarAdmin(pulsar).retention(feature) == (0, 0))
    assert "keeps its messages" not in headrace("register").output


def test_schemas_that_a_run_left_are_minded(
    pulsar: PulsarConnection, specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry is empty, but the topic has a schema that readers use."""
    set_broker(monkeypatch, pulsar.url, pulsar.admin_url)
    on_own_topics(specs)
    assert headrace("register").exit_code == 0
    feature = specs / "user" / "user_spent_1d.yaml"
    as_text = feature.read_text().replace("DOUBLE", "STRING").replace("value: amount", "value: event_type")
    feature.write_text(as_text.replace("aggregation: sum", "aggregation: last").partition("tests:")[0])
    monkeypatch.setenv("HEADRACE_REGISTRY_TOPIC", fresh_topic("registry"))
    for command in ("plan", "register"):
        refused = headrace(command)
        assert refused.exit_code == 1
        assert "a new reader cannot read earlier records: field user_spent_1d" in refused.output


def test_a_topic_of_another_kind_of_schema_is_refused(
    pulsar: PulsarConnection, specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_broker(monkeypatch, pulsar.url, pulsar.admin_url)
    feature, _ = on_own_topics(specs)
    PulsarAdmin(pulsar).ensure_topic(feature, 1)
    text = {"type": "STRING", "schema": "", "properties": {}}
    admin_call(pulsar, "POST", f"schemas/{TopicName.parse(feature).path}/schema", text)
    for command in ("plan", "register"):
        refused = headrace(command)
        assert refused.exit_code == 1
        assert "it has schemas of type STRING" in refused.output


def test_a_schema_that_the_broker_cannot_store_is_refused_before_anything_is_made(
    pulsar: PulsarConnection, specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_broker(monkeypatch, pulsar.url, pulsar.admin_url)
    feature, raw = on_own_topics(specs)
    path = specs / "user" / "user_spent_1d.yaml"
    text = path.read_text().partition("tests:")[0].replace("What the user paid in the last day", "\u2603" * 1_000)
    for number in range(400):
        (specs / "user" / f"f{number}.yaml").write_text(text.replace("user_spent_1d", f"f{number}"))
    result = headrace("register")
    assert result.exit_code == 1
    (refused,) = [line for line in result.stderr.splitlines() if line.startswith("refused: ")]
    assert refused.startswith(f"refused: topic {feature}: its schema has ")
    assert refused.endswith("; shorten the descriptions of its features, or spread them over several topics")
    assert [PulsarAdmin(pulsar).partitions(topic) for topic in (feature, raw)] == [None, None]


def test_a_failure_of_the_broker_is_told_without_its_stack(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "large", [])
    record = {"type": "record", "name": "row", "doc": "x" * 6_000_000, "fields": []}
    with pytest.raises(AdminError) as failed:
        PulsarAdmin(pulsar).post_schema(topic, record, {})
    assert str(failed.value).startswith("POST schemas/")
    assert len(str(failed.value).splitlines()) == 1
    assert "java" not in str(failed.value)
