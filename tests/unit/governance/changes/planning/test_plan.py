"""Tests a plan against the real effects: on the state of a shard, readers of the record, and the people named."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dataflows.definitions import Definitions
from governance.changes.planning import Plan, Strategy, lines, markdown, plan
from tests.support.dataflow.shards.live_shard import BASE, SET, changed, defined, without
from tests.support.dataflow.shards.planned_changes import change_of, starting_over
from tests.support.generators.seeds import fresh_seed


def categories(made: Plan) -> dict[str, tuple[str, ...]]:
    return {change.name: change.categories for change in made.changes}


FOLDED = sorted(name for name, spec in BASE.items() if "aggregation" in spec)
KEYS: Mapping[str, tuple[str, Callable[[random.Random], Any]]] = {
    "owner": ("metadata", lambda draw: f"team{draw.randrange(99)}@example.com"),
    "description": ("metadata", lambda draw: f"Described {draw.randrange(99)}"),
    "tags": ("metadata", lambda draw: [f"tag{draw.randrange(99)}"]),
    "validation_rules": ("quality", lambda draw: [{"rule": "not_null", "on_violation": "flag"}]),
    "baseline_profile": ("quality", lambda draw: {"null_ratio": draw.random()}),
    "topic_name": ("contract", lambda draw: f"persistent://public/default/feature-{draw.randrange(99)}"),
    "filter": ("value", lambda draw: f"amount > {draw.randrange(9)}"),
    "version": ("value", lambda draw: draw.randrange(2, 9)),
}


@pytest.mark.long
def test_categories_and_state_agree_with_what_happens(tmp_path: Path) -> None:
    draw, folder = random.Random(fresh_seed()), tmp_path
    before = defined(folder, BASE)
    for _ in range(60):
        name, key = draw.choice(FOLDED), draw.choice(sorted(KEYS))
        category, value = KEYS[key]
        after = defined(folder, changed(name, **{key: value(draw)}))
        made = plan(before, after)
        expected = {name: (category,)}
        if category == "value" and name in ("spend", "n"):
            expected["part"] = ("value",)
        assert categories(made) == expected, (name, key)
        assert {price.feature for price in made.prices} == starting_over(before, after), (name, key)
        needs_version = category in ("contract", "value") and key != "version"
        assert bool(made.problems) == needs_version, (name, key, made.problems)


def test_what_comes_and_goes(tmp_path: Path) -> None:
    before = defined(tmp_path, without("kinds"))
    after = defined(tmp_path, without("each"))
    made = plan(before, after)
    assert {(change.name, change.action) for change in made.changes} == {("kinds", "add"), ("each", "remove")}
    assert {price.feature for price in made.prices} == starting_over(before, after) == {"kinds"}
    (topic,) = made.topics
    assert (topic.added, topic.removed, topic.problem) == (("kinds",), ("each",), "")


def test_nothing_changes(tmp_path: Path) -> None:
    made = plan(defined(tmp_path, BASE), defined(tmp_path, BASE))
    assert (made.changes, made.topics, made.prices, made.problems) == ((), (), (), ())
    assert list(lines(made)) == ["nothing to do: the registry already contains these definitions"]


def test_a_lower_version_is_refused(tmp_path: Path) -> None:
    made = plan(defined(tmp_path, changed("n", version=3)), defined(tmp_path, changed("n", version=2)))
    assert made.problems == ("n: version 2 is lower than the registered 3; raise it",)


def test_a_type_that_readers_cannot_read_is_refused(tmp_path: Path) -> None:
    before = defined(tmp_path, BASE)
    made = plan(before, defined(tmp_path, changed("n", value_type="DOUBLE", version=2)))
    (topic,) = made.topics
    assert "an earlier reader cannot read new records: field n" in topic.problem
    assert change_of(made, "n").categories == ("contract", "value")


@pytest.mark.parametrize("strategy", ["ALWAYS_COMPATIBLE", "BACKWARD"])
def test_the_strategy_of_the_topic_decides(tmp_path: Path, strategy: Strategy) -> None:
    """A long is promoted to a double: new readers can read it, earlier ones cannot read later records."""
    after = defined(tmp_path, changed("n", value_type="DOUBLE", version=2))
    assert plan(defined(tmp_path, BASE), after, strategy).problems == ()


def fraud(*names: str, **keys: object) -> dict[str, object]:
    reader = {"name": "fraud model", "owner": "fraud@example.com"}
    return {**SET, "set_name": "fraud", "features": list(names), "consumers": [reader], **keys}


def test_sets_and_readers_hear_of_what_they_read(tmp_path: Path) -> None:
    before = defined(tmp_path, BASE, fraud("part", "each"))
    made = plan(before, defined(tmp_path, changed("spend", filter="amount > 1", version=2), fraud("part", "each")))
    assert categories(made) == {"spend": ("value",), "part": ("value",), "fraud": ("value",)}
    assert change_of(made, "part").through == ("spend",)
    assert change_of(made, "fraud").through == ("part",)
    assert [(consumer.feature, consumer.name) for consumer in made.consumers] == [("part", "fraud model")]
    assert made.problems == ()


def test_what_somebody_reads_is_not_removed(tmp_path: Path) -> None:
    before = defined(tmp_path, BASE, fraud("part", "each"))
    unread = defined(tmp_path, BASE, fraud("part", version=2))
    gone = defined(tmp_path, without("each"), fraud("part", version=2))
    assert "fraud model reads it" in plan(before, gone).problems[0]
    assert plan(before, unread).problems == ()
    assert plan(unread, gone).problems == ()


def test_a_comment_fits_and_mentions_nobody(tmp_path: Path) -> None:
    hostile = "<script>|@everyone `x` [a](b) " + "y" * 900
    wide = {f"f{n}": {**BASE["n"], "description": hostile} for n in range(400)}
    made = plan(defined(tmp_path, {"n": BASE["n"]}), defined(tmp_path, {**wide, "n": {**BASE["n"], "owner": "b@c.de"}}))
    comment = markdown(made)
    assert len(comment) <= 65_536
    assert comment.startswith("<!-- headrace-plan -->")
    assert "@c" not in comment
    assert "<script>" not in comment


@pytest.mark.long
def test_a_long_plan_says_what_it_leaves_out(tmp_path: Path) -> None:
    many = {f"feature_{'x' * 90}_{n}": BASE["n"] for n in range(900)}
    comment = markdown(plan(Definitions({}, ()), defined(tmp_path, many)))
    assert len(comment) <= 65_536
    assert "more lines: see the output of the job" in comment
