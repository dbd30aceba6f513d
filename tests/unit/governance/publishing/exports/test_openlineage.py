"""Tests OpenLineage events: valid by the published schemas, with exactly the columns that decide a value, and no
secret."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dataflows.definitions import Definitions, Feature, load
from dataflows.runtime.settings import Settings
from governance.publishing.exports.openlineage import RunState, deployment_of, job_event, run_event
from tests.support.generators.random_definitions import definitions
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.exported_documents import of_openlineage
from tests.support.oracle.sql_columns import columns_in
from tests.support.paths import ROOT

NOON = 1_767_268_800_123
SETTINGS = Settings.model_validate(
    {"pulsar_url": "pulsar://broker:6650", "redis_url": "redis://me:s3cret@redis:6379/2?password=s3cret"}
)


def outputs(event: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {dataset["name"]: dataset for dataset in event["outputs"]}


def test_the_shipped_dataflow_is_a_valid_event() -> None:
    shipped = load(ROOT / "feature_specs")
    event = job_event(shipped, deployment_of(SETTINGS), NOON)
    assert of_openlineage(event) == []
    assert event["eventTime"] == "2026-01-01T12:00:00.123Z"
    assert {dataset["name"] for dataset in event["inputs"]} == {source.topic for source in shipped.sources.values()}
    assert {*outputs(event)} == {*shipped.topics(), "headrace:user", "headrace:item"}
    assert {dataset["namespace"] for dataset in event["inputs"]} == {"pulsar://broker:6650"}
    assert outputs(event)["headrace:user"]["namespace"] == "redis://redis:6379/2"


@pytest.mark.parametrize(
    "damage", [("job", "name"), ("inputs", 0, "namespace"), ("outputs", 0, "facets", "schema", "_producer")]
)
def test_a_damaged_event_is_not_valid(damage: tuple[Any, ...]) -> None:
    event: Any = job_event(load(ROOT / "feature_specs"), deployment_of(SETTINGS), NOON)
    holder = event
    for step in damage[:-1]:
        holder = holder[step]
    del holder[damage[-1]]
    assert of_openlineage(event) != []


@pytest.mark.parametrize("state", ["START", "COMPLETE", "FAIL", "ABORT"])
def test_events_of_runs_are_valid(state: RunState) -> None:
    run, shipped = uuid4(), load(ROOT / "feature_specs")
    event = run_event(state, run, shipped, deployment_of(SETTINGS), NOON, "x" * 2_000 if state == "FAIL" else "")
    assert of_openlineage(event) == []
    assert event["run"]["runId"] == str(run) and event["eventType"] == state
    assert len(event["run"]["facets"].get("errorMessage", {}).get("message", "")) == (500 if state == "FAIL" else 0)


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds(6))
def test_columns_behind_a_feature_are_those_that_sql_names(seed: int, tmp_path: Path) -> None:
    """Checked with another SQL parser, through derived features too."""
    made = definitions(rng_of(seed), tmp_path)
    event = job_event(made, deployment_of(SETTINGS), NOON)
    assert of_openlineage(event) == []
    for topic, features in made.topics().items():
        fields = outputs(event)[topic]["facets"]["columnLineage"]["fields"]
        assert {*fields} == {features[0].entity_id, *(feature.feature_name for feature in features)}
        for feature in features:
            listed = fields[feature.feature_name]["inputFields"]
            inputs = {
                (field["name"], field["field"], how["subtype"]) for field in listed for how in field["transformations"]
            }
            assert inputs == expected(feature, made)


def expected(feature: Feature, made: Definitions) -> set[tuple[str, str, str]]:
    if feature.expression:
        by_name = {definition.feature_name: definition for definition in made.features}
        return set().union(*(expected(by_name[name], made) for name in feature.reads))
    source = made.sources[str(feature.source)]
    return {
        *((source.topic, column, "AGGREGATION") for column in columns_in(feature.value, source.columns)),
        *((source.topic, column, "FILTER") for column in columns_in(feature.filter, source.columns)),
        (source.topic, source.entities[feature.entity_id], "GROUP_BY"),
        (source.topic, source.event_time.column, "WINDOW"),
    }


ADDRESSES = [
    ("redis://:s3cret@redis:6379/0", "redis://redis:6379/0"),
    ("rediss://me:s3cret@redis.example.com/0?ssl_ca_certs=/etc/s3cret.pem", "rediss://redis.example.com/0"),
    ("redis://redis:6379?username=me&password=s3cret", "redis://redis:6379"),
    ("redis://redis:6379#s3cret", "redis://redis:6379"),
    ("unix://me:s3cret@/run/redis.sock?db=0", "unix:///run/redis.sock"),
    ("redis://[::1]:6379/1", "redis://[::1]:6379/1"),
    # passwords without percent-encoding: nothing is guessed
    ("redis://:s3cret/6379@redis:6379/0", "headrace-redis"),
    ("redis://:s3cret#x@redis:6379/0", "headrace-redis"),
    ("redis://me:123?s3cret@redis:6379/0", "headrace-redis"),
    ("redis://redis:6379/0?password=s3@cret", "headrace-redis"),
    ("redis://:p@s3cret@redis:6379/0", "headrace-redis"),
]


@pytest.mark.parametrize(("address", "namespace"), ADDRESSES)
def test_no_secret_of_an_address_is_in_an_event(address: str, namespace: str) -> None:
    deployment = deployment_of(Settings.model_validate({"redis_url": address}))
    assert deployment.redis == namespace
    text = json.dumps(job_event(load(ROOT / "feature_specs"), deployment, NOON))
    assert "s3cret" not in text and "123?" not in text


def test_deployments_without_a_broker_are_told_apart_by_their_namespace() -> None:
    deployment = deployment_of(Settings(openlineage_namespace="shop-eu"))
    assert (deployment.pulsar, deployment.redis) == ("shop-eu-topics", "shop-eu-redis")
