"""Tests that every key of a definition is compared: any difference from the record is a change in a plan."""

import pytest

from dataflows.definitions import Feature, FeatureSet, Source
from governance.changes.planning import comparison

FOLLOWS = {
    "feature": {"feature_name", "value_kind", "reads", "fingerprint", "tests", "candidate"},
    "source": {"name"},
    "set": {"set_name", "features"},
}
"""The name, keys derived from others, and keys that are not recorded."""


@pytest.mark.parametrize(
    ("kind", "model", "compared"),
    [
        ("feature", Feature, comparison._FEATURE),
        ("source", Source, comparison._SOURCE),
        ("set", FeatureSet, comparison._SET),
    ],
)
def test_every_key_has_a_category(
    kind: str, model: type[Feature | Source | FeatureSet], compared: dict[str, str]
) -> None:
    assert model.model_fields.keys() - FOLLOWS[kind] - compared.keys() == set()
