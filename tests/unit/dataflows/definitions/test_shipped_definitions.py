"""Tests the shipped definitions, and their JSON Schema."""

import json
from pathlib import Path

import pytest
import yaml

from dataflows.aggregations.catalogue import AGGREGATIONS
from dataflows.definitions import json_schema
from dataflows.definitions.loader import Feature, load
from dataflows.definitions.model.value_types import VALUE_TYPES
from tests.support.factories.definitions import DAY, HOUR, MINUTE
from tests.support.paths import ROOT

SHIPPED = ROOT / "feature_specs"


def test_the_shipped_definitions_use_everything() -> None:
    features = load(SHIPPED).features
    assert {f.aggregation for f in features if f.aggregation} == set(AGGREGATIONS)
    scalars = {value_type for value_type in VALUE_TYPES if "ARRAY" not in value_type}
    assert scalars <= {f.value_type for f in features}
    assert any(f.value_type.startswith("ARRAY") for f in features)
    assert sum(f.expression is not None for f in features) >= 2
    assert {0, MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY} <= {f.window_ms for f in features}


@pytest.mark.parametrize("feature", load(SHIPPED).features, ids=lambda feature: feature.feature_name)
def test_every_shipped_feature_is_tested_and_described(feature: Feature) -> None:
    assert feature.tests
    assert feature.tags
    assert len(feature.description) > 20


@pytest.mark.parametrize("file", sorted(SHIPPED.rglob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_file_names_its_schema(file: Path) -> None:
    first, *_ = file.read_text().splitlines()
    assert first == "# yaml-language-server: $schema=../schema.json"


def test_the_schema_is_current() -> None:
    assert (SHIPPED / "schema.json").read_text() == json_schema.text(), (
        "run python -m dataflows.definitions.json_schema"
    )


def test_the_schema_knows_every_key_that_is_used() -> None:
    made = json.loads((SHIPPED / "schema.json").read_text())
    known = {name: made["$defs"][name]["properties"].keys() for name in made["$defs"]}
    kinds = {"sources": "SourceSpec", "sets": "FeatureSetSpec"}
    for file in SHIPPED.rglob("*.yaml"):
        assert yaml.safe_load(file.read_text()).keys() <= known[kinds.get(file.parent.name, "FeatureSpec")]
    assert made["$defs"]["FeatureSpec"]["additionalProperties"] is False
