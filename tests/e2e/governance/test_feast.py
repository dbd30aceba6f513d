"""Tests an exported repository with the real Feast: it applies it, and values pass through."""

from pathlib import Path
from typing import Any

import pytest

from dataflows.definitions import Definitions, element_type, load
from governance.publishing.exports.feast import ForeignFile, export_feast
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_definitions import definitions
from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.paths import ROOT
from tests.support.programs.feast_environment import FeastEnvironment, feast_in

CATALOGUE = """
import json
from feast import FeatureStore
store = FeatureStore(".")
print(json.dumps({
    "entities": {one.name: one.join_key for one in store.list_entities()},
    "views": {
        view.name: {
            "entities": view.entities,
            "ttl_s": view.ttl.total_seconds(),
            "owner": view.owner,
            "features": {field.name: [str(field.dtype), field.description, field.tags] for field in view.features},
        }
        for view in store.list_feature_views()
    },
    "services": {
        service.name: [service.owner, service.description, sorted(
            f"{part.name}:{field.name}" for part in service.feature_view_projections for field in part.features
        )]
        for service in store.list_feature_services()
    },
}))
"""
VALUES = """
import json
from datetime import datetime, timezone
import pandas as pd
from feast import FeatureStore
store, now = FeatureStore("."), datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
row = {"user_id": ["u1"], "event_timestamp": [now], "spend": [12.5], "bursts": [3], "abroad": [True],
       "device": ["phone"], "first_at": [now], "countries": [["DE", "FR"]], "moments": [[now]],
       "event_timestamp_value": [7]}
store.push("user_push", pd.DataFrame(row))
service = store.get_feature_service("model_v1")
served = store.get_online_features(features=service, entity_rows=[{"user_id": "u1"}, {"user_id": "nobody"}]).to_dict()
print(json.dumps(served, default=str))
"""
TYPES = {
    "STRING": "String", "INT32": "Int32", "INT64": "Int64", "FLOAT": "Float32", "DOUBLE": "Float64", "BOOL": "Bool",
    "TIMESTAMP": "UnixTimestamp",
}  # fmt: skip


def exported(made: Definitions, folder: Path, project: str = "shop") -> FeastEnvironment:
    export_feast(made, folder, project)
    return feast_in(folder)


def dtype(value_type: str) -> str:
    element = element_type(value_type)
    return f"Array({TYPES[element]})" if element else TYPES[value_type]


def features_of(known: Any) -> dict[str, list[Any]]:
    return {name: details for view in known["views"].values() for name, details in view["features"].items()}


def expect_features(known: Any, shipped: Definitions) -> None:
    """Checks type, description and tags of every feature in Feast."""
    features = features_of(known)
    assert features.keys() == {feature.feature_name for feature in shipped.features}
    for feature in shipped.features:
        kind, description, tags = features[feature.feature_name]
        assert (kind, description) == (dtype(feature.value_type), feature.description)
        assert (tags["owner"], tags["version"]) == (feature.owner, str(feature.version))


def test_the_shipped_definitions_are_applied_and_known_as_they_are_and_again_the_same(tmp_path: Path) -> None:
    shipped = load(ROOT / "feature_specs")
    feast = exported(shipped, tmp_path)
    assert "Created feature service fraud_v1" in feast.apply()
    known = feast.answer(CATALOGUE)
    assert known["entities"] == {"user": "user_id", "item": "item_id"}
    assert {*known["views"]} == {"user_profile", "item_profile"}
    expect_features(known, shipped)
    owner, description, members = known["services"]["fraud_v1"]
    fraud = shipped.sets["fraud_v1"]
    assert (owner, description) == (fraud.owner, fraud.description)
    assert members == sorted(f"{feature.entity_type}_profile:{feature.feature_name}" for feature in fraud.features)
    settings = tmp_path / "feature_store.yaml"
    settings.write_text(f"# ours\n{settings.read_text()}")
    again = exported(shipped, tmp_path, "another")
    again.apply()
    assert again.answer(CATALOGUE) == known
    assert settings.read_text().startswith("# ours")


def test_random_definitions_with_hostile_texts_are_applied(tmp_path: Path) -> None:
    """Any description is text; Feast ignores the case of names."""
    made = definitions(rng_of(fresh_seed()), tmp_path / "specs", per_entity=24)
    hostile = "\"\"\" + __import__('os').abort() # ' \\ \u2028 {x} \U0001f600"
    topics = ["persistent://eu/shop/feature-profile", "persistent://us/shop/feature-Profile", "persistent://us/a.b/1=2"]
    features = tuple(
        feature.model_copy(update={"description": hostile, "topic_name": topics[number % 3] + feature.entity_type})
        for number, feature in enumerate(made.features)
    )
    feast = exported(Definitions(made.sources, features), tmp_path / "feast")
    feast.apply()
    applied = features_of(feast.answer(CATALOGUE))
    assert applied.keys() == {feature.feature_name for feature in features}
    assert {applied[feature.feature_name][0] for feature in features} == {dtype(f.value_type) for f in features}
    assert all(description == hostile for _, description, _ in applied.values())


FEATURES: dict[str, dict[str, object]] = {
    "spend": {"aggregation": "sum", "value": "amount", "value_type": "DOUBLE"},
    "bursts": {"aggregation": "count", "value_type": "INT64"},
    "abroad": {"aggregation": "last", "value": "gift", "value_type": "BOOL"},
    "device": {"aggregation": "last", "value": "country", "value_type": "STRING"},
    "first_at": {"aggregation": "first", "value": "EPOCH_MS(timestamp)", "value_type": "TIMESTAMP"},
    "countries": {"aggregation": "last_k", "k": 3, "value": "country", "value_type": "ARRAY<STRING>"},
    "moments": {"aggregation": "last_k", "k": 3, "value": "EPOCH_MS(timestamp)", "value_type": "ARRAY<TIMESTAMP>"},
    "event_timestamp": {"aggregation": "count", "value_type": "INT32"},
}


@pytest.fixture
def every_type(tmp_path: Path) -> Definitions:
    """Returns a feature of each kind of value, one of them with a name that Feast reserves, and a set of all."""
    specs = tmp_path / "specs"
    shared = {"source": "orders", "window": "1h", "topic_name": "persistent://public/default/feature-user"}
    by_hand(specs, **{name: {**shared, **feature} for name, feature in FEATURES.items()})
    listed = "".join(f"  - {name}\n" for name in FEATURES)
    (specs / "sets").mkdir()
    model = f"set_name: model_v1\nversion: 1\nowner: a@b.de\ndescription: all\nfeatures:\n{listed}"
    (specs / "sets" / "model_v1.yaml").write_text(model)
    return load(specs)


def test_values_of_every_type_go_through_feast(every_type: Definitions, tmp_path: Path) -> None:
    repository = export_feast(every_type, tmp_path / "feast", "shop")
    assert list(repository.notes) == [
        "event_timestamp is called event_timestamp_value in Feast, because Feast reserves event_timestamp"
    ]
    feast = feast_in(tmp_path / "feast")
    feast.apply()
    served = feast.answer(VALUES)
    moment = "2026-01-01 12:00:00"
    assert served["user_id"] == ["u1", "nobody"]
    expected = {"spend": 12.5, "bursts": 3, "abroad": True, "device": "phone", "countries": ["DE", "FR"]}
    assert {name: served[name] for name in expected} == {name: [value, None] for name, value in expected.items()}
    assert served["event_timestamp_value"] == [7, None]
    assert served["first_at"][0].startswith(moment) and served["moments"][0][0].startswith(moment)


def test_a_file_of_somebody_else_stays(every_type: Definitions, tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text("mine = 1\n")
    with pytest.raises(ForeignFile, match="not written by"):
        export_feast(every_type, tmp_path, "shop")
    assert (tmp_path / "definitions.py").read_text() == "mine = 1\n"
    assert not (tmp_path / "feature_store.yaml").exists()
