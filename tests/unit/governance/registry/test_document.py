"""The registry as a document: what goes in comes out, and nothing else is taken for one."""

import json
from pathlib import Path

import pytest

from dataflows.definitions import load
from governance.planning import plan
from governance.registry import InvalidRegistry, definitions_in, document_of
from tests.support.dataflow.live_shard import BASE, SET, defined
from tests.support.paths import ROOT

RULES = [
    {"rule": "not_null"},
    {"rule": "range", "min": 0, "max": 5.5, "on_violation": "quarantine"},
    {"rule": "max_age", "duration": "90s"},
    {"rule": "monotonic", "direction": "increasing"},
]


def test_the_shipped_definitions_come_back_whole() -> None:
    before = load(ROOT / "feature_specs")
    document = document_of(before)
    after = definitions_in(document)
    assert document_of(after) == document
    assert (after.fingerprint, after.sources) == (before.fingerprint, before.sources)
    assert [f.model_copy(update={"tests": ()}) for f in before.features] == list(after.features)
    assert plan(before, after).changes == ()


def test_rules_and_sets_come_back_whole(tmp_path: Path) -> None:
    chosen = {"set_name": "mine", **SET, "features": ["part", "n"]}
    before = defined(tmp_path, {**BASE, "n": {**BASE["n"], "validation_rules": RULES}}, chosen)
    after = definitions_in(document_of(before))
    assert after.features[-2].validation_rules == before.features[-2].validation_rules
    assert after.sets["mine"].names == ("part", "n")
    assert plan(before, after).changes == ()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "damaged"),
        (b"[]", "damaged"),
        (b'{"features": {}}', "no registry"),
        (b'{"headrace_registry": 2}', "format 2; this version reads format 1"),
        (b'{"headrace_registry": 1}', "damaged"),
        (b'{"headrace_registry": 1, "sources": [], "features": {}, "sets": {}}', "damaged"),
        (b'{"headrace_registry": 1, "sources": {}, "features": {"f": {}}, "sets": {}}', "damaged"),
        (b"\xff\xfe", "damaged"),
    ],
)
def test_what_is_no_registry_is_refused(payload: bytes, words: str) -> None:
    with pytest.raises(InvalidRegistry, match=words):
        definitions_in(payload)


def test_a_set_of_a_missing_feature_is_damage() -> None:
    document = json.loads(document_of(load(ROOT / "feature_specs")))
    del document["features"]["user_spend_1h"]
    with pytest.raises(InvalidRegistry, match="damaged"):
        definitions_in(json.dumps(document).encode())
