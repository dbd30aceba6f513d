"""Tests that the catalogue finds deprecated and protected definitions by these words."""

from pathlib import Path

from dataflows.definitions import load
from serving.catalogue.entries import catalogue_entries
from tests.support.factories.definition_files import DERIVED, FEATURE, FEATURE_SET, Folder


def test_deprecated_and_protected_definitions_are_tagged(tmp_path: Path) -> None:
    leaving = FEATURE + "tags: [money]\ndeprecated: {since: 2026-11-01, use: spend_per_day}\n"
    definitions = load(Folder(tmp_path)(users__a=leaving, users__b=DERIVED, sets__s=FEATURE_SET + "protected: true\n"))
    tags = {entry.name: entry.tags for entry in catalogue_entries(definitions)}
    assert tags == {
        "spend_7d": ("money", "deprecated"),
        "spend_per_day": (),
        "fraud_v1": ("protected",),
        "orders": (),
    }
