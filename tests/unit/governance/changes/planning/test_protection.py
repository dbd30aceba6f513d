"""Tests protected features and sets: the changes that a plan refuses, against a reading of the definitions by hand."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from dataflows.definitions import Definitions, load
from governance.changes.planning import Plan, lines, markdown, plan
from governance.registration.registry import definitions_in, document_of
from tests.support.dataflow.shards.live_shard import BASE, SET, Specs
from tests.support.factories.definitions import LOGINS, ORDERS, PLAIN, write
from tests.support.generators.seeds import fresh_seed

SPECS: Specs = {
    **BASE,
    "logins_10m": {"source": "logins", "window": "10m", "aggregation": "count", "value_type": "INT64"},
    "share": {"expression": "part / (ever + 1)", "value_type": "DOUBLE"},
    "risk": {"expression": "share * logins_10m", "value_type": "DOUBLE"},
}
READS = {"part": ("spend", "n"), "share": ("part", "ever"), "risk": ("share", "logins_10m")}
"""The inputs of each derived feature, as read in its expression."""
READER = {"name": "fraud model", "owner": "fraud@example.com"}


class Folder:
    """Definitions over two sources, each time in a separate folder."""

    def __init__(self, path: Path) -> None:
        self._path, self._count = path, 0

    def __call__(self, specs: Specs, *sets: Mapping[str, object], **sources: Mapping[str, object]) -> Definitions:
        self._count += 1
        folder = self._path / str(self._count)
        for name, source in {"orders": ORDERS, "logins": LOGINS, **sources}.items():
            write(folder / "sources" / f"{name}.yaml", source)
        for name, spec in specs.items():
            write(folder / "user" / f"{name}.yaml", {"feature_name": name, **PLAIN, **spec})
        for feature_set in sets:
            write(folder / "sets" / f"{feature_set['set_name']}.yaml", feature_set)
        return load(folder)


@pytest.fixture
def defined(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def changed(specs: Specs, name: str, **keys: object) -> Specs:
    return {**specs, name: {**specs[name], **keys}}


def model(*names: str, **keys: object) -> dict[str, object]:
    return {**SET, "set_name": "model", "features": list(names), **keys}


def refused(made: Plan) -> set[str]:
    return {change.name for change in made.changes if any("protected" in problem for problem in change.problems)}


def inputs(name: str) -> set[str]:
    return {name}.union(*map(inputs, READS.get(name, ())))


def readers(name: str) -> set[str]:
    return {other for other in SPECS if name in inputs(other)}


@pytest.mark.long
def test_a_change_is_refused_where_it_reaches_what_is_protected(defined: Folder) -> None:
    draw = random.Random(fresh_seed())
    for _ in range(40):
        protected_name, moved = draw.choice(sorted(SPECS)), draw.choice(sorted({*SPECS} - {*READS}))
        in_set = draw.random() < 0.5
        specs = SPECS if in_set else changed(SPECS, protected_name, protected=True)
        sets = [model(protected_name, protected=True)] if in_set else []
        key = draw.choice(["owner", "validation_rules", "window"])
        value = {"owner": "b@c.de", "validation_rules": [{"rule": "not_null"}], "window": "20m"}[key]
        made = plan(
            defined(specs, *sets), defined(changed(specs, moved, **{key: value}, version=1 + (key == "window")), *sets)
        )
        reached = key == "window" and moved in inputs(protected_name)
        expected = {moved, protected_name, *(["model"] if in_set else [])} | (
            inputs(protected_name) & readers(moved) if reached else set()
        )
        assert refused(made) == (expected if reached else set()), (protected_name, moved, key, in_set)


def test_removal_and_contract_are_refused_with_the_way_out(defined: Folder) -> None:
    before = defined(changed(SPECS, "each", protected=True))
    gone = plan(before, defined({name: spec for name, spec in SPECS.items() if name != "each"}))
    assert gone.problems == ("each: it is protected; first remove `protected` from it, in a separate change",)
    topic = "persistent://public/default/feature-other"
    moved = plan(before, defined(changed(SPECS, "each", protected=True, version=2, topic_name=topic)))
    assert refused(moved) == {"each"}
    assert "  refused: it is protected; first remove `protected` from it, in a separate change" in list(lines(moved))
    assert "it is protected" in markdown(moved)


def test_protection_is_not_taken_off_by_the_change_that_it_forbids(defined: Folder) -> None:
    before = defined(changed(SPECS, "each", protected=True))
    at_once = plan(before, defined(changed(SPECS, "each", window="20m", version=2)))
    assert refused(at_once) == {"each"}
    first = plan(before, defined(SPECS))
    assert [(change.categories, change.problems) for change in first.changes] == [(("metadata",), ())]
    assert plan(defined(SPECS), defined(changed(SPECS, "each", window="20m", version=2))).problems == ()


def test_what_a_protected_set_reads_is_named(defined: Folder) -> None:
    sets = [model("risk", "each", protected=True)]
    made = plan(defined(SPECS, *sets), defined(changed(SPECS, "spend", filter="amount > 1", version=2), *sets))
    assert refused(made) == {"spend", "part", "share", "risk", "model"}
    assert made.problems[0] == (
        "part: the protected set model reads it; first remove `protected` from model, in a separate change"
    )
    assert made.problems[-1] == "model: it is protected; first remove `protected` from it, in a separate change"


@pytest.mark.parametrize("keys", [{"max_future": "1m"}, {"required": ["event_type", "timestamp", "user_id"]}])
def test_a_source_of_what_is_protected_keeps_its_contract(defined: Folder, keys: dict[str, object]) -> None:
    sets = [model("risk", protected=True)]
    before = defined(SPECS, *sets)
    assert refused(plan(before, defined(SPECS, *sets, logins={**LOGINS, **keys}))) == {"logins"}
    assert refused(plan(before, defined(SPECS, *sets, orders={**ORDERS, **keys}))) == {"orders"}
    assert refused(plan(before, defined(SPECS, *sets, orders={**ORDERS, "description": "said"}))) == set()
    each = [model("each", protected=True)]
    assert refused(plan(defined(SPECS, *each), defined(SPECS, *each, logins={**LOGINS, **keys}))) == set()


def test_the_features_and_the_removal_of_a_protected_set(defined: Folder) -> None:
    before = defined(SPECS, model("each", protected=True))
    assert refused(plan(before, defined(SPECS, model("each", "n", protected=True, version=2)))) == {"model"}
    assert refused(plan(before, defined(SPECS))) == {"model"}
    assert plan(before, defined(SPECS, model("each", protected=True, owner="b@c.de"))).problems == ()


def test_new_definitions_may_be_protected(defined: Folder) -> None:
    after = defined(changed(SPECS, "each", protected=True), model("risk", protected=True))
    assert plan(Definitions({}, ()), after).problems == ()
    assert refused(plan(definitions_in(document_of(after)), defined(SPECS))) == {"model"}


def test_what_somebody_reads_stays_also_derived_features_sources_and_sets(defined: Folder) -> None:
    before = defined(SPECS, model("risk", consumers=[READER]))
    without_risk = {name: spec for name, spec in SPECS.items() if name not in ("risk", "share")}
    (problem,) = plan(before, defined(without_risk, model("n", consumers=[READER], version=2))).problems
    assert problem.startswith("risk: fraud model reads it; first remove it from the sets of these consumers")
    no_logins = {name: spec for name, spec in SPECS.items() if name not in ("risk", "logins_10m")}
    made = plan(before, Definitions({"orders": before.sources["orders"]}, defined(no_logins).features))
    assert ("logins", "remove") in [(change.name, change.action) for change in made.changes]
    assert made.problems == (
        "risk: fraud model reads it; first remove it from the sets of these consumers, in a separate change",
        "model: fraud model reads it; first remove these consumers from it, in a separate change",
    )
    unread = defined(SPECS, model("risk"))
    assert plan(before, unread).problems == ()
    assert plan(unread, defined(SPECS)).problems == ()
