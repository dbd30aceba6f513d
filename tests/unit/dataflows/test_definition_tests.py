"""Tests preparing the `tests:` of definitions."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dataflows import definition_tests
from dataflows.definitions.loader import load
from dataflows.definitions.model.cases import EXACT
from tests.support.factories.definition_files import (
    DERIVED,
    FEATURE,
    ORDERS,
    Folder,
    feature_with,
    mistakes,
    only,
    with_line,
    without,
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_cases_are_ready_to_run(folder: Folder) -> None:
    text = FEATURE + (
        "tests:\n"
        "  - events:\n"
        "      - {event_type: paid, user_id: u1, amount: 1.5, at: 2026-01-01T00:00:00Z}\n"
        "      - {event_type: paid, user_id: u1, amount: 2, at: 1767225600001}\n"
        "    at: 2026-01-02\n"
        "    expect: {u1: 3.5, u2: null}\n"
    )
    (case,) = only(load(folder(users__f=text))).tests
    assert [source for source, _ in case.events] == ["orders", "orders"]
    assert [event["at"] for _, event in case.events] == [1_767_225_600_000, 1_767_225_600_001]
    assert (case.at, case.expect, case.name) == (1_767_312_000_000, {"u1": 3.5, "u2": None}, "case 1")


@pytest.mark.parametrize(
    ("kind", "unit", "time"),
    [
        ("INT64", "s", 1_767_225_600),
        ("INT64", "us", 1_767_225_600_250_000),
        ("DOUBLE", "s", 1_767_225_600.25),
        ("TIMESTAMP", "iso", "2026-01-01T00:00:00.250Z"),
    ],
)
def test_event_times_of_cases_are_in_the_unit_of_the_source(folder: Folder, kind: str, unit: str, time: object) -> None:
    source = with_line(ORDERS.replace("at: INT64", f"at: {kind}"), f"event_time: {{column: at, unit: {unit}}}")
    tests = "tests: [{events: [{event_type: a, at: '2026-01-01T00:00:00.250Z'}], at: 2026-01-02, expect: {u: 0.0}}]"
    (case,) = only(load(folder(sources__orders=source, users__f=with_line(FEATURE, tests)))).tests
    assert case.events[0][1]["at"] == time


def test_expected_times_are_datetimes(folder: Folder) -> None:
    feature = feature_with(
        folder,
        "value: CAST(at AS TIMESTAMP(3))",
        "aggregation: last_k",
        "k: 2",
        "value_type: ARRAY<TIMESTAMP>",
        "tests: [{events: [], at: 2026-01-02, expect: {u: ['2026-01-01T00:00:00Z']}}]",
    )
    assert feature.tests[0].expect == {"u": [datetime(2026, 1, 1, tzinfo=UTC)]}


def test_a_derived_feature_over_two_sources_names_them_in_its_cases(folder: Folder) -> None:
    logins = with_line(ORDERS.replace("orders", "logins"), "entities: [user_id]")
    count = with_line(without(FEATURE, "value"), "source: logins")
    for line in ("feature_name: logins_7d", "aggregation: count", "value_type: INT32"):
        count = with_line(count, line)
    event = "{event_type: a, at: 1, user_id: u}"
    files = {"sources__logins": logins, "users__a": FEATURE, "users__l": count}
    derived = with_line(DERIVED, "expression: spend_7d / logins_7d")
    listed = with_line(derived, f"tests: [{{events: [{event}], at: 2026-01-01, expect: {{u: 1.0}}}}]")
    (mistake,) = mistakes(folder(**files, users__b=listed))
    assert "expected a list of events by source; it reads logins, orders" in mistake
    named = with_line(derived, f"tests: [{{events: {{logins: [{event}]}}, at: 2026-01-01, expect: {{u: 1.0}}}}]")
    definitions = load(folder(**files, users__b=named))
    assert definitions.of_entity("user_id")[2].tests[0].events[0][0] == "logins"


@pytest.mark.parametrize("value", ["1.0e+999", "-1.0e+999"])
def test_what_is_not_finite_is_no_value_to_expect(folder: Folder, value: str) -> None:
    text = with_line(FEATURE, f"tests: [{{events: [], at: 2026-01-02, expect: {{u: {value}}}}}]")
    (mistake,) = mistakes(folder(users__f=text))
    assert "expected a number; a result that is not finite is null: expect null" in mistake


@pytest.mark.parametrize(
    ("expected", "actual", "within", "answer"),
    [
        (2**63 - 1, 2**63 - 2, EXACT, False),
        (2**63 - 1, 2**63 - 1, EXACT, True),
        (1_000, 1_040, 0.05, True),
        (1_000, 1_060, 0.05, False),
        (1.0, 1.0 + 1e-12, EXACT, True),
        ([2**63 - 1], [2**63 - 2], EXACT, False),
        (2**63, None, EXACT, False),
        (None, None, EXACT, True),
    ],
)
def test_whole_numbers_are_equal_unless_a_distance_is_asked_for(
    expected: object, actual: object, within: float, answer: bool
) -> None:
    assert definition_tests.same(expected, actual, within) is answer


@pytest.mark.parametrize(("expect", "passed"), [("-2", False), ("null", True), ("9223372036854775807", False)])
def test_a_sum_beyond_its_type_is_expected_as_null(folder: Folder, expect: str, passed: bool) -> None:
    """It is served as null."""
    event = f"{{event_type: paid, user_id: u1, quantity: {2**63 - 1}, at: 1}}"
    text = FEATURE
    for line in ("value: quantity", "value_type: INT64"):
        text = with_line(text, line)
    text = with_line(text, f"tests: [{{events: [{event}, {event}], at: 1970-01-02, expect: {{u1: {expect}}}}}]")
    (result,) = definition_tests.run(load(folder(users__f=text)))
    assert (result.passed, result.detail) == (passed, "" if passed else f"u1: expected {expect}, got None")
