"""Tests `deprecated:` of features and feature sets: its meaning, and every mistake in it with its place."""

from pathlib import Path

import pytest

from dataflows.definitions.loader import load
from tests.support.factories.definition_files import (
    DERIVED,
    FEATURE,
    FEATURE_SET,
    Folder,
    mistakes,
    with_line,
    without,
)

LINE = "deprecated: {since: 2026-11-01, use: spend_per_day, remove_after: 2027-01-31}"
JANUARY_31, FEBRUARY_1 = 1_801_439_999_999, 1_801_440_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def wrong(folder: Folder, deprecated: str) -> list[str]:
    """Returns the mistakes of the feature with this deprecation, beside a derived one."""
    text = with_line(FEATURE, f"deprecated: {deprecated}")
    return mistakes(folder(users__f=text, users__d=DERIVED, sets__s=FEATURE_SET))


def test_it_is_read_and_decides_no_value(folder: Folder) -> None:
    plain = load(folder(users__f=FEATURE, users__d=DERIVED))
    definitions = load(folder(users__f=with_line(FEATURE, LINE)))
    assert definitions.fingerprint == plain.fingerprint
    (name, deprecated), *rest = definitions.deprecated.items()
    assert (name, rest) == ("spend_7d", [])
    assert deprecated.facts == {"since": "2026-11-01", "use": "spend_per_day", "remove_after": "2027-01-31"}
    assert deprecated.words == "deprecated since 2026-11-01: read spend_per_day instead; available until 2027-01-31"


def test_the_last_day_ends_at_midnight_in_utc(folder: Folder) -> None:
    deprecated = load(folder(users__f=with_line(FEATURE, LINE), users__d=DERIVED)).deprecated["spend_7d"]
    assert deprecated.words_at(JANUARY_31) == deprecated.words
    assert deprecated.words_at(FEBRUARY_1) == (
        "deprecated since 2026-11-01: read spend_per_day instead; "
        "its last day was 2027-01-31, so it may be removed at any time"
    )


def test_only_since_is_needed(folder: Folder) -> None:
    deprecated = load(folder(users__f=with_line(FEATURE, "deprecated: {since: '2026-11-01'}"))).deprecated["spend_7d"]
    assert (deprecated.words_at(FEBRUARY_1 * 2), deprecated.facts) == (
        "deprecated since 2026-11-01",
        {"since": "2026-11-01"},
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{use: spend_per_day}", "deprecated.since; expected a value; it is missing"),
        ("{since: soon}", "deprecated.since: soon; expected a date such as 2026-12-31"),
        ("{since: 20261101}", "deprecated.since: 20261101; expected a date such as 2026-12-31"),
        ("{since: '2026-11-01T00:00:00Z'}", "expected a date such as 2026-12-31"),
        ("{since: 2026-02-30}", "deprecated.since: 2026-02-30; expected a date such as 2026-12-31"),
        ("{since: 2026-11-01, remove_after: 2026-10-31}", "expected a date of removal that is not before `since`"),
        ("{since: 2026-11-01, us: spend_per_day}", "spend_per_day; expected a known key; did you mean use?"),
        ("{since: 2026-11-01, use: spend_7d}", "expected another feature; it cannot replace itself"),
        ("{since: 2026-11-01, use: spend_per_da}", "a feature instead of spend_per_da; did you mean spend_per_day?"),
        ("{since: 2026-11-01, use: fraud_v1}", "expected a feature instead of fraud_v1; available: spend_per_day"),
        ("2026-11-01", "deprecated: 2026-11-01; expected a mapping (key: value)"),
        ("true", "deprecated: true; expected a mapping (key: value)"),
    ],
)  # fmt: skip
def test_mistakes_have_their_place(folder: Folder, written: str, said: str) -> None:
    (mistake,) = wrong(folder, written)
    assert mistake.startswith("users/f.yaml:13  deprecated")
    assert said in mistake


def test_replacements_do_not_lead_back(folder: Folder) -> None:
    back = with_line(DERIVED, "deprecated: {since: 2026-11-02, use: spend_7d}")
    text = with_line(FEATURE, "deprecated: {since: 2026-11-01, use: spend_per_day}")
    lines = mistakes(folder(users__f=text, users__d=back))
    assert [line.split(";")[1:] for line in lines] == [
        [
            " expected a feature that does not lead back to spend_per_day",
            " spend_per_day is replaced by spend_7d is replaced by spend_per_day",
        ],
        [
            " expected a feature that does not lead back to spend_7d",
            " spend_7d is replaced by spend_per_day is replaced by spend_7d",
        ],
    ]


def test_a_set_is_replaced_by_a_set(folder: Folder) -> None:
    other = with_line(FEATURE_SET, "set_name: fraud_v2")
    old = with_line(FEATURE_SET, "deprecated: {since: 2026-11-01, use: fraud_v2}")
    definitions = load(folder(users__f=FEATURE, users__d=DERIVED, sets__s=old, sets__t=other))
    assert definitions.deprecated["fraud_v1"].use == "fraud_v2"
    wrong = with_line(FEATURE_SET, "deprecated: {since: 2026-11-01, use: spend_7d}")
    (mistake,) = mistakes(folder(sets__s=wrong))
    assert "expected a feature set instead of spend_7d; did you mean fraud_v2" not in mistake
    assert "sets/s.yaml:10  deprecated.use: spend_7d; expected a feature set instead of spend_7d" in mistake


def test_a_replacement_in_a_file_with_mistakes_is_no_mistake(folder: Folder) -> None:
    text = with_line(FEATURE, LINE)
    (mistake,) = mistakes(folder(users__f=text, users__d=without(DERIVED, "owner")))
    assert mistake.startswith("users/d.yaml:1  owner")


def test_a_part_of_the_files_need_not_hold_the_replacement(folder: Folder) -> None:
    files = folder(users__f=with_line(FEATURE, LINE))
    assert load(files, whole=False).deprecated["spend_7d"].use == "spend_per_day"
    assert len(mistakes(files)) == 1
