"""Tests random changes of definitions: plan, the broker's verdict and the resulting record agree in every case."""

import json
import random
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.pulsar import PulsarAdmin, PulsarConnection, TopicName
from dataflows.definitions import Definitions
from dataflows.runtime.endpoints import topic_schema
from dataflows.runtime.settings import Settings
from governance.changes.planning import Plan, plan
from governance.registration.registering import register, schemas_of
from governance.registration.registry import RegistrationContext, document_of, registry_of
from tests.support.broker.topics import fresh_topic, set_schema_strategy
from tests.support.dataflow.shards.live_shard import TEN, Specs, defined
from tests.support.generators.seeds import fresh_seed, seeds

STRATEGIES = ("FULL", "FULL_TRANSITIVE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE")
CHANGES = 204  # over all strategies together
NAMES = tuple(f"f{number}" for number in range(5))
NUMBERS = ("INT32", "INT64", "FLOAT", "DOUBLE")
KINDS: Mapping[str, tuple[str, ...]] = {
    "category": ("STRING",),
    "quantity": NUMBERS,
    "amount": NUMBERS[2:],
    "gift": ("BOOL",),
}
CATEGORY = {
    "value_type": "contract",
    "value": "value",
    "aggregation": "value",
    "k": "value",
    "filter": "value",
    "version": "value",
    "validation_rules": "quality",
    "description": "metadata",
}
ORDER = ("contract", "value", "quality", "metadata")
NEWEST: Mapping[str, Any] = {"aggregation": "last_k", "k": 3}
NOT_NULL = {"rule": "not_null"}
ACTS = ("flag", "quarantine")
numbers = count()


def feature(draw: random.Random, topic: str, version: int = 1) -> dict[str, Any]:
    value = draw.choice(sorted(KINDS))
    value_type = draw.choice(KINDS[value])
    aggregation: Mapping[str, Any] = draw.choice(
        [{"aggregation": "last", "value_type": value_type}, {**NEWEST, "value_type": f"ARRAY<{value_type}>"}]
    )
    return {
        **TEN,
        **aggregation,
        "value": value,
        "filter": "amount > 0",
        "topic_name": topic,
        "version": version,
        "description": "First",
    }


def again(draw: random.Random, spec: Mapping[str, Any], **keys: object) -> dict[str, Any]:
    """Returns the same with other keys, mostly with the version that they need."""
    return {**spec, **keys, "version": spec["version"] + (draw.random() < 0.8)}


def retyped(draw: random.Random, spec: Mapping[str, Any]) -> dict[str, Any]:
    other = feature(draw, spec["topic_name"])
    remaining = {key: value for key, value in spec.items() if key not in ("aggregation", "k")}
    return again(
        draw, remaining, **{key: other[key] for key in ("aggregation", "k", "value", "value_type") if key in other}
    )


Edit = Callable[[random.Random, dict[str, Any], str], dict[str, Any]]
EDITS: Mapping[str, Edit] = {
    "retype": lambda draw, spec, _: retyped(draw, spec),
    "filter": lambda draw, spec, _: again(draw, spec, filter=f"amount > {next(numbers)}"),
    "rule": lambda draw, spec, _: {**spec, "validation_rules": [{**NOT_NULL, "on_violation": draw.choice(ACTS)}]},
    "description": lambda draw, spec, _: {**spec, "description": f"Described {next(numbers)}"},
}


def changed(draw: random.Random, specs: Specs, topic: str, gone: dict[str, Any]) -> Specs:
    """Makes one change: add, remove, rename, re-add unchanged, or an edit."""
    name, absent = draw.choice(sorted(specs)), sorted({*NAMES} - specs.keys())
    rest = {other: spec for other, spec in specs.items() if other != name}
    kind = draw.choice(["add", "remove", "rename", "re-add", *EDITS])
    if kind in EDITS:
        return {**rest, name: EDITS[kind](draw, dict(specs[name]), topic)}
    if kind == "remove" and rest:
        return rest
    if kind == "rename" and absent:
        return {**rest, draw.choice(absent): specs[name]}
    if kind == "re-add" and (back := sorted({*gone} - specs.keys())):
        return {**specs, back[0]: gone[back[0]]}
    return {**specs, draw.choice(absent): feature(draw, topic)} if absent else rest


def expected_categories(old: Specs, new: Specs) -> dict[str, tuple[str, ...]]:
    expected: dict[str, tuple[str, ...]] = dict.fromkeys(old.keys() ^ new.keys(), ("contract",))
    for name in old.keys() & new.keys():
        keys = {key for key in CATEGORY if old[name].get(key) != new[name].get(key)}
        categories = {CATEGORY[key] for key in keys} | ({"value"} if "value_type" in keys else set())
        if categories:
            expected[name] = tuple(category for category in ORDER if category in categories)
    return expected


def breaks_the_version_rule(old: Specs, new: Specs) -> bool:
    grave = {"value_type", "value", "filter", "aggregation", "k"}
    return any(
        any(old[name].get(key) != new[name].get(key) for key in grave) and old[name]["version"] == new[name]["version"]
        for name in old.keys() & new.keys()
    )


def is_destructive(old: Specs, new: Specs) -> bool:
    retyped = any(old[name]["value_type"] != new[name]["value_type"] for name in old.keys() & new.keys())
    return bool(old.keys() - new.keys()) or retyped


def broker_takes(pulsar: PulsarConnection, topic: str, definitions: Definitions) -> bool:
    """Returns the verdict of the broker itself."""
    schema = topic_schema(topic, definitions.features).definition()
    body = json.dumps({"type": "JSON", "schema": json.dumps(schema), "properties": {}}).encode()
    url = f"{pulsar.admin_url}/admin/v2/schemas/{TopicName.parse(topic).path}/compatibility"
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return bool(json.loads(answer.read())["compatibility"])
    except urllib.error.HTTPError as error:
        assert b"schema compatibility check" in error.read()
        return False


def typed_topic(pulsar: PulsarConnection, strategy: str) -> str:
    topic = fresh_topic("governed")
    PulsarAdmin(pulsar).ensure_topic(topic, 1)
    set_schema_strategy(pulsar, topic, strategy)
    return topic


def on_broker(pulsar: PulsarConnection, topic: str) -> list[tuple[str, Any]]:
    """Returns the fields of the newest schema of a topic."""
    newest = PulsarAdmin(pulsar).schema(topic)
    assert newest is not None
    return [(field["name"], field["type"]) for field in json.loads(newest["data"])["fields"]]


def settings_of(pulsar: PulsarConnection) -> Settings:
    return Settings(pulsar_url=pulsar.url, pulsar_admin_url=pulsar.admin_url, registry_topic=fresh_topic("registry"))


def is_refused(old: Specs, new: Specs, act: RegistrationContext) -> bool:
    """Returns whether the rules refuse a change, whatever the broker says."""
    return breaks_the_version_rule(old, new) or (is_destructive(old, new) and not act.reason)


def expect_plan(made: Plan, old: Specs, new: Specs, taken: bool) -> None:
    """Checks the changes of a plan, and that it refuses the topic exactly if the broker does."""
    assert {change.name: change.categories for change in made.changes} == expected_categories(old, new)
    assert [bool(change.problem) for change in made.topics] in ([], [not taken]), (old, new, made.topics)
    assert made.topics or taken


def expect_state(pulsar: PulsarConnection, settings: Settings, topic: str, definitions: Definitions) -> None:
    """Checks that the registry and the schema on the broker are those of the definitions."""
    assert document_of(registry_of(settings).read().definitions) == document_of(definitions)
    fields = topic_schema(topic, definitions.features).definition()["fields"]
    assert on_broker(pulsar, topic) == [(field["name"], field["type"]) for field in fields]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_plan_broker_and_registry_agree(pulsar: PulsarConnection, tmp_path: Path, strategy: str) -> None:
    draw, topic, settings = random.Random(fresh_seed()), typed_topic(pulsar, strategy), settings_of(pulsar)
    specs: Specs = {"f0": feature(draw, topic)}
    removed = dict[str, Any]()
    act = RegistrationContext(by="tests@example.com", at=1)
    assert not register(settings, tmp_path, defined(tmp_path, specs), act, print).refused
    for _ in seeds(CHANGES // len(STRATEGIES)):
        new = changed(draw, specs, topic, removed)
        before, after = registry_of(settings).read(), defined(tmp_path, new)
        taken = broker_takes(pulsar, topic, after)
        expect_plan(plan(before.definitions, after, schemas=schemas_of(pulsar, after)), specs, new, taken)
        explained = replace(act, reason=draw.choice(["", "a test"]))
        refused = not taken or is_refused(specs, new, explained)
        outcome = register(settings, tmp_path, after, explained, print)
        assert bool(outcome.refused) == refused, (specs, new, outcome.refused)
        expect_state(pulsar, settings, topic, before.definitions if refused else after)
        if not refused:
            removed |= {name: specs[name] for name in specs.keys() - new.keys()}
            specs = new
