"""Tests the search of the catalogue: every word, the best first, against a second implementation of the rule."""

import random
from pathlib import Path

import pytest

from dataflows.definitions import load
from serving.catalogue import CatalogueEntry, CatalogueFilter, catalogue_entries, entry_choices, filter_of
from tests.support.factories.definitions import by_hand
from tests.support.generators.seeds import fresh_seed
from tests.support.paths import ROOT

ENTRIES = catalogue_entries(load(ROOT / "feature_specs"))


def names(**chosen: str) -> list[str]:
    return [entry.name for entry in CatalogueFilter(**chosen).matches(ENTRIES)]


def test_every_definition_is_an_entry() -> None:
    made = load(ROOT / "feature_specs")
    expected = [feature.feature_name for feature in made.features] + ["fraud_v1", "logins", "orders"]
    assert names() == expected


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("user_spend_1h", "user_spend_1h"),
        ("SPEND user", "user_daily_spend_7d"),
        ("user_s", "user_seconds_since_order"),
        ("fraud model", "fraud_v1"),
        ("raw-login", "logins"),
        ("ip", "user_login_ips_24h"),
        ("lifetime text", ""),
    ],
)
def test_what_comes_first(text: str, first: str) -> None:
    assert [*names(text=text), ""][0] == first


def test_a_definition_is_found_by_the_columns_and_features_that_it_reads() -> None:
    assert "user_payment_z_score" in names(text="user_std_payment_30d")
    assert "fraud_v1" in names(text="user_payment_z_score")
    assert "user_categories_90d" in names(text="category")


def test_filters_are_exact_and_all_hold() -> None:
    matches = CatalogueFilter(kind="feature", entity="item", tag="pricing").matches(ENTRIES)
    assert {entry.name for entry in matches} == {
        entry.name
        for entry in ENTRIES
        if entry.kind == "feature" and "item" in entry.entities and "pricing" in entry.tags
    }
    assert names(owner="risk-team") == []


def test_random_searches_find_what_has_every_word() -> None:
    chance = random.Random(fresh_seed())
    vocabulary = sorted({word for entry in ENTRIES for word in entry.words.split()})
    for _ in range(200):
        words = [chance.choice(vocabulary)[: chance.randint(1, 9)] for _ in range(chance.randint(1, 3))]
        matches = CatalogueFilter(text=" ".join(words)).matches(ENTRIES)
        assert {entry.name for entry in matches} == {e.name for e in ENTRIES if all(word in e.words for word in words)}
        ranks = [rank(entry, words) for entry in matches]
        assert ranks == sorted(ranks)


def rank(entry: CatalogueEntry, words: list[str]) -> int:
    if any(word not in entry.name for word in words):
        return 2
    return 0 if entry.name.startswith(words[0]) else 1


def test_choices_count_what_they_choose() -> None:
    for name, choices in entry_choices(ENTRIES).items():
        assert choices
        for choice in choices:
            assert len(CatalogueFilter(**{name: choice.value}).matches(ENTRIES)) == choice.count


def test_an_address_cannot_choose_more_than_there_is(tmp_path: Path) -> None:
    chosen = filter_of({"q": "x" * 1_000, "kind": "nothing", "other": "1"})
    assert len(chosen.text) == 200 and chosen.matches(ENTRIES) == []
    assert catalogue_entries(by_hand(tmp_path)) != ()
