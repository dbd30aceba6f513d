"""Tests changes of every kind, each over a few events by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from dataflows.definitions.loader import Definitions
from dataflows.history import ActiveRowSelector
from governance.changes.comparison.compared_values import NoEvents
from governance.changes.comparison.report import FeatureComparison
from tests.support.dataflow.compared_sides import Compared, compared
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.factories.definitions import HOUR, LOGINS, ORDERS, over_sources

Spec = Mapping[str, object]
AT = 1_767_225_600_000
SPEND: Spec = {"value_type": "DOUBLE", "source": "orders", "value": "amount", "aggregation": "sum", "window": "1h"}
COUNT: Spec = {"value_type": "INT64", "source": "orders", "aggregation": "count", "window": "1h"}
LAST: Spec = {"value_type": "STRING", "source": "orders", "value": "country", "aggregation": "last", "window": "1d"}
PAID_AT = ("2026-01-01T00:00:02Z", "2026-01-01T00:00:00Z")
COLUMNS = {"event_type": "STRING", "user_id": "STRING", "timestamp": "INT64"}
ASKED = ActiveRowSelector(300_000)


def order(user: str | None, after: int, amount: float | None = 1.0, **more: object) -> dict[str, object]:
    event = {"event_type": "payment_success", "user_id": user, "amount": amount, "timestamp": AT + after}
    return {**event, "item_id": "i1", "quantity": 2, "country": "GB", "gift": True, **more}


EVENTS = [
    order("u1", 0),
    order("u2", 60_000, 5.0),
    order("u1", HOUR // 2, 3.0),
    order("u1", 3 * HOUR, None, country="DE"),
]


def compare(
    folder: Path,
    before: Definitions,
    after: Definitions,
    asked: ActiveRowSelector = ASKED,
    **events: Sequence[Mapping[str, object]],
) -> Compared:
    batches = {name: [[raw_batch("0", list(some))]] for name, some in (events or {"orders": EVENTS}).items()}
    return compared(before, after, batches, folder, asked)


def only(result: Compared) -> FeatureComparison:
    (feature,) = result.report.features
    return feature


def test_another_filter(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", spend=SPEND)
    after = over_sources(tmp_path / "b", spend={**SPEND, "filter": "amount > 2", "version": 2})
    feature = only(compare(tmp_path, before, after))
    assert (feature.rows, feature.entities, feature.equal) == (3, 2, 1)
    assert feature.difference is not None
    assert (feature.difference.mean, feature.difference.largest, feature.difference.shift) == (2 / 3, 1.0, -2 / 3)
    assert [(example.entity, example.before, example.after) for example in feature.largest] == [("u1", 1.0, 0.0)]


def test_a_type_that_is_a_number_still(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", n=COUNT)
    after = over_sources(tmp_path / "b", n={**COUNT, "value_type": "DOUBLE", "version": 2})
    feature = only(compare(tmp_path, before, after))
    assert (feature.type_before, feature.value_type, feature.share_equal) == ("INT64", "DOUBLE", 1.0)


def test_a_number_that_becomes_a_text_turns_into_it(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", it={**LAST, "value": "quantity", "value_type": "INT64"})
    after = over_sources(tmp_path / "b", it={**LAST, "version": 2})
    feature = only(compare(tmp_path, before, after))
    assert (feature.equal, feature.difference, feature.bars) == (0, None, None)
    assert [(transition.before, transition.after, transition.count) for transition in feature.transitions] == [
        ("2", "GB", 4),
        ("2", "DE", 1),
    ]


def test_a_time_has_a_difference_in_milliseconds(tmp_path: Path) -> None:
    spec = {**LAST, "value_type": "TIMESTAMP", "value": "paid_at"}
    source = {**LOGINS, "columns": {**COLUMNS, "paid_at": "TIMESTAMP"}}
    times = [
        {"event_type": "a", "user_id": "u", "timestamp": AT + offset_ms, "paid_at": text}
        for offset_ms, text in enumerate(PAID_AT)
    ]
    before = over_sources(tmp_path / "a", [source], at={**spec, "source": "logins"})
    after = over_sources(tmp_path / "b", [source], at={**spec, "source": "logins", "aggregation": "max", "version": 2})
    feature = only(compare(tmp_path, before, after, logins=times))
    assert (feature.rows, feature.equal, feature.after.mean) == (1, 0, float(AT + 2_000))
    assert feature.difference is not None
    assert feature.difference.largest == 2_000.0
    assert [(example.before, example.after) for example in feature.largest] == [(AT, AT + 2_000)]


def test_another_entity_cannot_be_matched(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", spend=SPEND)
    after = over_sources(tmp_path / "b", spend={**SPEND, "entity_id": "item_id", "version": 2})
    feature = only(compare(tmp_path, before, after))
    assert (feature.status, feature.entity_type, feature.entities, feature.equal) == ("unmatched", "item", 1, None)
    assert "its entity was user_id" in feature.notes[0]


def test_what_is_derived_changes_through_its_input(tmp_path: Path) -> None:
    ratio: Spec = {"value_type": "DOUBLE", "expression": "spend / n"}
    before = over_sources(tmp_path / "a", spend=SPEND, n=COUNT, ratio=ratio)
    after = over_sources(tmp_path / "b", spend={**SPEND, "value": "amount * 2", "version": 2}, n=COUNT, ratio=ratio)
    result = compare(tmp_path, before, after)
    by_name = {feature.feature: feature for feature in result.report.features}
    assert sorted(by_name) == ["ratio", "spend"]
    assert [(example.entity, example.before, example.after) for example in by_name["ratio"].largest] == [
        ("u2", 5.0, 10.0),
        ("u1", 2.0, 4.0),
    ]
    assert [feature.feature_name for feature in result.comparison.joint.definitions.features] == [
        "n",
        "spend",
        "spend@before",
    ]


def test_a_folded_feature_becomes_a_derived_one_whose_input_is_new(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", spend=SPEND)
    after = over_sources(
        tmp_path / "b",
        spend={"value_type": "DOUBLE", "expression": "half * 2", "version": 2},
        half={**SPEND, "value": "amount / 2"},
    )
    features = {feature.feature: feature for feature in compare(tmp_path, before, after).report.features}
    assert (features["spend"].status, features["spend"].share_equal) == ("changed", 1.0)
    assert features["half"].status == "new"
    assert features["half"].after.mean == pytest.approx((0.5 + 2 + 2.5) / 3)


def test_a_removed_input_still_counts_before(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", n=COUNT, twice={"value_type": "DOUBLE", "expression": "n * 2.0"})
    after = over_sources(tmp_path / "b", twice={**COUNT, "value_type": "DOUBLE", "version": 2})
    feature = only(compare(tmp_path, before, after))
    assert {(example.before, example.after) for example in feature.largest} == {(4.0, 2.0), (2.0, 1.0)}


def test_a_value_that_a_rule_withholds_is_null(tmp_path: Path) -> None:
    rule = {"rule": "range", "min": 0.0, "max": 4.5, "on_violation": "quarantine"}
    before = over_sources(tmp_path / "a", spend=SPEND)
    after = over_sources(tmp_path / "b", spend={**SPEND, "validation_rules": [rule], "version": 2})
    feature = only(compare(tmp_path, before, after))
    assert (feature.rows, feature.equal, feature.after.nulls) == (3, 2, 1)


def test_a_feature_that_takes_nothing_has_no_values(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", spend=SPEND)
    after = over_sources(tmp_path / "b", spend=SPEND, none={**COUNT, "filter": "amount > 99", "entity_id": "item_id"})
    feature = only(compare(tmp_path, before, after))
    assert (feature.rows, feature.entities, feature.after.mean, feature.bars) == (0, 0, None, None)


def test_a_source_that_is_new_is_read_for_one_side(tmp_path: Path) -> None:
    logins: Spec = {**COUNT, "source": "logins", "aggregation": "count"}
    before = over_sources(tmp_path / "a", n=COUNT)
    after = over_sources(tmp_path / "b", [ORDERS, LOGINS], n={**logins, "version": 2})
    login = {"event_type": "login_failed", "user_id": "u1", "timestamp": AT + HOUR // 2 + 5}
    feature = only(compare(tmp_path, before, after, orders=EVENTS, logins=[login]))
    assert [(example.entity, example.before, example.after) for example in feature.largest] == [
        ("u1", 1, 0),
        ("u2", 1, 0),
    ]


def test_against_nothing_all_features_are_new(tmp_path: Path) -> None:
    result = compare(tmp_path, Definitions({}, ()), over_sources(tmp_path / "b", n=COUNT, spend=SPEND))
    assert [(feature.feature, feature.status, feature.rows) for feature in result.report.features] == [
        ("n", "new", 4),
        ("spend", "new", 4),
    ]


def test_times_in_another_unit_are_refused_and_nothing_else_is(tmp_path: Path) -> None:
    """What counted before has no value after: its events are of the year 58000."""
    before = over_sources(tmp_path / "a", n=COUNT)
    after = over_sources(tmp_path / "b", [{**ORDERS, "event_time": {"column": "timestamp", "unit": "s"}}], n=COUNT)
    feature = only(compare(tmp_path, before, after))
    assert (feature.rows, feature.equal, feature.after.mean, feature.entities) == (4, 0, 0.0, 2)


def test_a_topic_that_is_renamed_is_read_where_the_events_are(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", n=COUNT)
    renamed = {**ORDERS, "topic": "persistent://public/default/other"}
    after = over_sources(tmp_path / "b", [renamed], n={**COUNT, "filter": "gift", "version": 2})
    (source,) = compare(tmp_path, before, after).comparison.joint.definitions.sources.values()
    assert source.topic == ORDERS["topic"]


def test_a_sample_is_a_part_of_all(tmp_path: Path) -> None:
    """The hash of the id decides which entities are in it."""
    events = [order(f"u{number}", number * 1_000, float(number)) for number in range(300)]
    before = over_sources(tmp_path / "a", spend=SPEND)
    after = over_sources(tmp_path / "b", spend={**SPEND, "value": "amount * 2", "version": 2})
    whole = compare(tmp_path / "whole", before, after, orders=events)
    some = compare(tmp_path / "some", before, after, ActiveRowSelector(300_000, most_events=150), orders=events)
    assert (whole.report.sampled, some.report.sampled) == (1.0, 1 / 3)
    assert 0 < some.pairs["user_id"]["_id"].n_unique() <= 150
    assert set(some.pairs["user_id"].iter_rows()) < set(whole.pairs["user_id"].iter_rows())


def test_without_an_event_there_is_nothing_to_compare(tmp_path: Path) -> None:
    before = over_sources(tmp_path / "a", spend=SPEND)
    after = over_sources(tmp_path / "b", spend={**SPEND, "version": 2})
    with pytest.raises(NoEvents, match="no events"):
        compare(tmp_path, before, after, orders=[order(None, 0, item_id=None)])
