"""Tests a plan of promotions against the real effects: on the state of a shard, readers, and the people named."""

from pathlib import Path

from dataflows.definitions import Definitions, load
from governance.changes.planning import Plan, plan
from governance.registration.registry import definitions_in, document_of
from tests.support.dataflow.shards.live_shard import BASE, SET
from tests.support.dataflow.shards.planned_changes import change_of, starting_over
from tests.support.factories.definitions import ORDERS, PLAIN, write

READER = {"name": "fraud model", "owner": "fraud@example.com"}
SECOND = {"feature_name": "spend", "version": 2, "filter": "amount > 1"}


def defined(
    folder: Path,
    spend: dict[str, object],
    *others: dict[str, object],
    sets: dict[str, object] | None = None,
    half: str = "",
) -> Definitions:
    """Returns definitions with a version of `spend`, beside others."""
    write(folder / "sources" / "orders.yaml", ORDERS)
    for name in ("n", "part"):
        write(folder / "user" / f"{name}.yaml", {"feature_name": name, **PLAIN, **BASE[name]})
    for place, keys in enumerate((spend, *others)):
        write(folder / "user" / f"other-{place}.yaml", {"feature_name": "spend", **PLAIN, **BASE["spend"], **keys})
    if half:
        derived = {"expression": half, "value_type": "DOUBLE"}
        write(folder / "user" / "half.yaml", {"feature_name": "half", **PLAIN, **derived})
    if sets:
        write(folder / "sets" / "fraud.yaml", {**SET, "set_name": "fraud", "consumers": [READER], **sets})
    return load(folder)


def prices(made: Plan) -> set[str]:
    return {price.feature for price in made.prices}


def test_a_candidate_comes_without_touching_anything(tmp_path: Path) -> None:
    before, after = defined(tmp_path / "a", {}), defined(tmp_path / "b", {}, {**SECOND, "candidate": True})
    made = plan(before, after)
    assert [(change.name, change.action) for change in made.changes] == [("spend@2", "add")]
    assert prices(made) == starting_over(before, after) == {"spend@2"}
    assert made.topics[0].added == ("spend@2",)
    assert made.problems == ()


def test_promotion_is_a_change_of_value_without_a_cold_start(tmp_path: Path) -> None:
    before, after = defined(tmp_path / "a", {}, {**SECOND, "candidate": True}), defined(tmp_path / "b", SECOND)
    for made in (plan(before, after), plan(definitions_in(document_of(before)), definitions_in(document_of(after)))):
        assert {change.name: (change.action, change.categories) for change in made.changes} == {
            "part": ("change", ("value",)),
            "spend": ("change", ("value",)),
            "spend@2": ("remove", ("contract",)),
        }
        assert change_of(made, "spend").notes == (
            "it replaces spend@2: readers of spend now get the values of version 2, and its state continues",
        )
        assert change_of(made, "spend@2").notes == ("it continues as spend",)
        assert prices(made) == starting_over(before, after) == set()
        assert made.problems == ()


def test_a_candidate_that_is_changed_by_its_promotion_starts_over(tmp_path: Path) -> None:
    before = defined(tmp_path / "a", {}, {**SECOND, "candidate": True})
    after = defined(tmp_path / "b", {**SECOND, "filter": "amount > 2", "version": 3})
    made = plan(before, after)
    assert prices(made) == starting_over(before, after) == {"spend"}
    assert change_of(made, "spend").notes == ()


def test_the_earlier_version_can_stay_beside_the_promoted_one(tmp_path: Path) -> None:
    before = defined(tmp_path / "a", {}, {**SECOND, "candidate": True})
    after = defined(tmp_path / "b", {"candidate": True}, SECOND)
    made = plan(before, after)
    assert prices(made) == starting_over(before, after) == set()
    assert change_of(made, "spend@1").notes == ("it was spend, and its state continues",)
    assert made.problems == ()


def test_whoever_reads_the_candidate_follows_it(tmp_path: Path) -> None:
    before = defined(tmp_path / "a", {}, {**SECOND, "candidate": True}, sets={"features": ["spend@2"]})
    followed = plan(before, defined(tmp_path / "b", SECOND, sets={"features": ["spend"], "version": 2}))
    assert followed.problems == ()
    assert change_of(followed, "fraud").categories == ("contract", "value")
    lost = plan(before, defined(tmp_path / "c", SECOND, sets={"features": ["n"], "version": 2}))
    assert lost.problems == (
        "spend@2: fraud model reads it; first remove it from the sets of these consumers, in a separate change",
    )
    dropped = plan(before, defined(tmp_path / "d", {}, sets={"features": ["spend"], "version": 2}))
    assert "spend@2: fraud model reads it" in dropped.problems[0]


def test_a_protected_feature_is_not_promoted_over(tmp_path: Path) -> None:
    before = defined(tmp_path / "a", {"protected": True}, {**SECOND, "candidate": True})
    made = plan(before, defined(tmp_path / "b", {**SECOND, "protected": True}))
    assert "spend: it is protected; first remove `protected` from it, in a separate change" in made.problems


def test_a_version_does_not_fall(tmp_path: Path) -> None:
    before = defined(tmp_path / "a", SECOND, {"candidate": True})
    made = plan(before, defined(tmp_path / "b", {}))
    assert made.problems == ("spend: version 1 is lower than the registered 2; raise it",)


def test_a_derived_feature_that_follows_keeps_its_values_and_its_version(tmp_path: Path) -> None:
    before = defined(tmp_path / "a", {}, {**SECOND, "candidate": True}, half="spend@2 / 2")
    made = plan(before, defined(tmp_path / "b", SECOND, half="spend / 2"))
    assert change_of(made, "half").categories == ("metadata",)
    assert made.problems == ()
    changed = plan(before, defined(tmp_path / "c", SECOND, half="spend / 3"))
    assert changed.problems == ("half: a change of value needs a new version; set `version: 2`",)
