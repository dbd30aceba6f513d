"""Tests CI of a feature repository against a real Pulsar: an accepted pull request, a refused one, two at once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.pulsar import PulsarAdmin, PulsarConnection
from tests.support.broker.topics import fresh_topic
from tests.support.programs.feature_repository import FeatureRepository, new_repository
from tests.support.services.outside.code_host import CodeHost, code_host

SPEND = Path("features/user_profile/user_spend_1h.yaml")


@pytest.fixture
def host() -> Iterator[CodeHost]:
    with code_host() as host:
        yield host


@pytest.fixture
def repository(pulsar: PulsarConnection, host: CodeHost, tmp_path: Path) -> FeatureRepository:
    """Registers once, as its first merge does."""
    context = {
        "github.base_ref": "main",
        "github.token": host.token,
        "github.event.pull_request.number": "12",
        "vars.HEADRACE_PULSAR_URL": pulsar.url,
        "secrets.HEADRACE_PULSAR_TOKEN": "",
    }
    environment = {
        **host.github(),
        "HEADRACE_PULSAR_ADMIN_URL": pulsar.admin_url,
        "HEADRACE_REGISTRY_TOPIC": fresh_topic("registry"),
        "HEADRACE_VAR": str(tmp_path / "var"),
    }
    made = new_repository(tmp_path, context, environment)
    assert made.job("register").failed == ""
    return made


def registered(repository: FeatureRepository, pulsar: PulsarConnection) -> dict[str, int]:
    """Returns the recorded versions of features."""
    asked = FeatureRepository(
        repository.folder, repository.context, {**repository.environment, "HEADRACE_PULSAR_URL": pulsar.url}
    )
    features = json.loads(asked.headrace("registry", "export"))["features"]
    return {name: feature["version"] for name, feature in features.items()}


def add_feature(repository: FeatureRepository, name: str) -> None:
    repository.git("switch", "--quiet", "--create", name)
    repository.headrace("new", "feature", name, "--source", "orders", "--aggregation", "count", "--window", "24h")
    for file in (repository.folder / "features").rglob(f"{name}.yaml"):
        text, topic = file.read_text(), (repository.folder / SPEND).read_text().split('topic_name: "')[1].split('"')[0]
        before = text.split('topic_name: "')[1].split('"')[0]
        file.write_text(text.replace(before, topic))
    repository.headrace("codeowners")
    repository.commit(f"Add {name}")


def test_a_change_that_is_fine_is_commented_merged_and_registered(
    repository: FeatureRepository, host: CodeHost, pulsar: PulsarConnection
) -> None:
    add_feature(repository, "user_orders_24h")
    for _ in range(2):
        checked = repository.job("check")
        assert checked.failed == "", checked.said
    (comment,) = host.comments
    assert "feature `user_orders_24h` | added" in comment["body"]
    repository.merge("user_orders_24h", "Add orders of a day")
    done = repository.job("register")
    assert done.failed == "", done.said
    assert registered(repository, pulsar) == {"user_spend_1h": 1, "user_orders_24h": 1}
    topic = (repository.folder / SPEND).read_text().split('topic_name: "')[1].split('"')[0]
    schema = PulsarAdmin(pulsar).schema(topic)
    assert schema is not None
    assert "user_orders_24h" in schema["data"]


def test_a_change_that_is_refused_says_why_and_what_to_do(
    repository: FeatureRepository, host: CodeHost, pulsar: PulsarConnection
) -> None:
    repository.git("switch", "--quiet", "--create", "twice")
    file = repository.folder / SPEND
    file.write_text(
        file.read_text().replace('value: "amount"', 'value: "amount * 2"').replace("{u1: 100.0}", "{u1: 200.0}")
    )
    repository.commit("Count twice")
    checked = repository.job("check")
    assert "plan.sh" in checked.failed, checked.said
    (comment,) = host.comments
    assert "a change of value needs a new version; set `version: 2`" in comment["body"].replace("\\`", "`")
    repository.headrace("bump", "user_spend_1h")
    repository.commit("A new version")
    checked = repository.job("check")
    assert checked.failed == "", checked.said
    assert ":no_entry:" not in host.comments[0]["body"]
    repository.merge("twice", "Count twice")
    assert repository.job("register").failed == ""
    assert registered(repository, pulsar) == {"user_spend_1h": 2}


def test_what_is_removed_is_registered_with_the_reason_of_the_commit(
    repository: FeatureRepository, pulsar: PulsarConnection
) -> None:
    add_feature(repository, "user_orders_24h")
    repository.merge("user_orders_24h", "Add orders of a day")
    assert repository.job("register").failed == ""
    repository.git("switch", "--quiet", "--create", "away")
    repository.git("rm", "--quiet", str(next((repository.folder / "features").rglob("user_orders_24h.yaml"))))
    repository.headrace("codeowners")
    repository.commit("Remove it")
    repository.merge("away", "Remove orders of a day")
    refused = repository.job("register")
    assert "give a reason with --reason" in refused.said
    assert refused.failed
    repository.git("commit", "--quiet", "--amend", "--message", "Remove it\n\nReason: nobody reads it")
    done = repository.job("register")
    assert done.failed == "", done.said
    assert registered(repository, pulsar) == {"user_spend_1h": 1}


def test_two_merges_at_once_lose_nothing(
    repository: FeatureRepository, pulsar: PulsarConnection, tmp_path: Path
) -> None:
    other = repository.clone(tmp_path / "other")
    add_feature(repository, "user_orders_24h")
    add_feature(other, "user_orders_7d")
    repository.merge("user_orders_24h", "Add orders of a day")
    other.git("switch", "--quiet", "main")
    other.git("pull", "--quiet")
    other.git("switch", "--quiet", "user_orders_7d")
    other.git("rebase", "--quiet", "main", "--strategy-option", "theirs")
    other.merge("user_orders_7d", "Add orders of a week")
    with ThreadPoolExecutor(2) as jobs:
        first, last = jobs.map(lambda clone: clone.job("register"), (repository, other))
    assert last.failed == "", last.said
    assert first.failed == "" or "merge" in first.said, first.said
    assert registered(other, pulsar) == {"user_spend_1h": 1, "user_orders_24h": 1, "user_orders_7d": 1}
