"""Tests that definitions are resolved in one pass: nothing is parsed twice, and long derivations take no time."""

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlglot import exp

from dataflows.definitions import expressions
from dataflows.definitions.loader import load
from dataflows.definitions.sql import parser
from tests.support.factories.definition_files import DERIVED, FEATURE, ORDERS, Folder, mistakes, with_line


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often each text is parsed."""
    counts: Counter[str] = Counter()

    def counted(text: str) -> exp.Expr:
        counts[text] += 1
        return parser.parsed(text)

    monkeypatch.setattr(expressions, "parsed", counted)
    return counts


def named(name: str, text: str, line: str) -> str:
    return with_line(with_line(text, f"feature_name: {name}"), line)


def test_each_expression_is_parsed_once(folder: Folder, parses: Counter[str]) -> None:
    first = named("a", with_line(FEATURE, "filter: amount > 12345"), "value: amount * 12345")
    load(folder(users__a=first, users__b=named("b", DERIVED, "expression: a / 12345")))
    assert parses == {"amount > 12345": 1, "amount * 12345": 1, "a / 12345": 1}


def test_a_derivation_with_many_ways_through_it_is_followed_once(folder: Folder) -> None:
    """Each feature reads both before it: 40 of them have a billion paths down to the source."""
    reads = ["spend_7d", "spend_7d", *(f"d{place}" for place in range(40))]
    files = {
        f"users__d{place}": named(f"d{place}", DERIVED, f"expression: {reads[place]} + {reads[place + 1]} / 2")
        for place in range(40)
    }
    began = time.process_time()
    features = load(folder(users__f=FEATURE, **files)).features
    assert len(features) == 41
    assert time.process_time() - began < 20


def test_cases_of_a_derived_feature_are_of_all_sources_behind_it(folder: Folder) -> None:
    clicks = ORDERS.replace("orders", "clicks")
    case = "tests: [{events: {orders: [], clicks: [], visits: []}, at: 2026-01-31T12:30:00Z, expect: {u1: null}}]"
    text = with_line(named("c", DERIVED, "expression: b / 2"), case)
    files = {
        "sources__clicks": clicks,
        "users__a": FEATURE,
        "users__b": named("b", DERIVED, "expression: spend_7d + clicked"),
        "users__c": text,
        "users__d": named("clicked", FEATURE, "source: clicks"),
    }
    assert mistakes(folder(**files)) == [
        "users/c.yaml:9  tests[0].events.visits: []; expected a source that the feature reads instead of visits; "
        "available: clicks, orders"
    ]


def test_a_mistake_in_an_expression_does_not_hide_a_circle_elsewhere(folder: Folder) -> None:
    files = {
        "users__a": FEATURE,
        "users__b": named("b", DERIVED, "expression: spend_7d /"),
        "users__c": named("c", DERIVED, "expression: d + 1"),
        "users__d": named("d", DERIVED, "expression: c + spend_7d"),
    }
    wrong, circle = mistakes(folder(**files))
    assert wrong.startswith("users/b.yaml:8  expression: spend_7d /; expected an expression in SQL")
    assert circle == "users/c.yaml:8  expression: d + 1; expected no circular reference; c needs d needs c"


def test_entity_types_lead_to_their_ids(folder: Folder) -> None:
    shop = named("shop_spend", FEATURE, "entity_id: shop_id")
    shop = with_line(shop, "topic_name: persistent://public/default/feature-shop_profile")
    definitions = load(folder(users__a=FEATURE, shops__a=shop))
    assert dict(definitions.entity_types) == {"shop": "shop_id", "user": "user_id"}
    assert tuple(definitions.entity_types.values()) == definitions.entity_ids
