"""Tests several versions of a feature: their names, what survives promotion, and every mistake."""

from pathlib import Path

import pytest

from dataflows.definitions import Definitions, Feature
from dataflows.definitions.loader import load
from dataflows.definitions.sql.versions import promoted, quoted
from tests.support.factories.definition_files import (
    DERIVED,
    FEATURE,
    FEATURE_SET,
    Folder,
    mistakes,
    with_line,
    without,
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def version(number: int, *lines: str, candidate: bool = True, of: str = FEATURE) -> str:
    text = with_line(with_line(of, f"version: {number}"), f"window: {number}d") if of == FEATURE else of
    for line in (f"version: {number}", *lines, *(["candidate: true"] if candidate else [])):
        text = with_line(text, line)
    return text


def named(definitions: Definitions) -> dict[str, Feature]:
    return {feature.feature_name: feature for feature in definitions.features}


def test_a_candidate_has_a_name_of_its_own(folder: Folder) -> None:
    features = named(load(folder(users__f=FEATURE, users__f2=version(2), users__f3=version(3))))
    assert list(features) == ["spend_7d", "spend_7d@2", "spend_7d@3"]
    assert [feature.record_field for feature in features.values()] == ["spend_7d", "spend_7d__v2", "spend_7d__v3"]
    assert [feature.version for feature in features.values()] == [1, 2, 3]


def test_a_version_keeps_its_fingerprint_when_it_is_promoted_or_steps_back(folder: Folder) -> None:
    before = named(load(folder(users__f=FEATURE, users__f2=version(2))))
    after = named(load(folder(users__f=with_line(FEATURE, "candidate: true"), users__f2=version(2, candidate=False))))
    assert after["spend_7d"].fingerprint == before["spend_7d@2"].fingerprint
    assert after["spend_7d@1"].fingerprint == before["spend_7d"].fingerprint


@pytest.mark.parametrize(
    "written", ["spend_7d@2 / 7", '"spend_7d@2" / 7', "(1 + spend_7d@2) / 7 + LENGTH('spend_7d@2')"]
)
def test_derived_features_and_sets_read_a_version_and_survive_its_promotion(folder: Folder, written: str) -> None:
    derived = with_line(DERIVED, f"expression: {written!r}" if '"' in written else f'expression: "{written}"')
    in_set = FEATURE_SET.replace("  - spend_7d\n", "  - spend_7d@2\n")
    before = load(folder(users__f=FEATURE, users__f2=version(2), users__d=derived, sets__s=in_set))
    assert named(before)["spend_per_day"].reads == ("spend_7d@2",)
    assert before.sets["fraud_v1"].names == ("spend_per_day", "spend_7d@2")
    text = (
        written.replace('"spend_7d@2"', "spend_7d")
        .replace("spend_7d@2 /", "spend_7d /")
        .replace("+ spend_7d@2)", "+ spend_7d)")
    )
    plain = with_line(DERIVED, f'expression: "{text}"')
    folder(users__f=version(2, candidate=False), users__d=plain, sets__s=FEATURE_SET)
    (folder(sets__s=FEATURE_SET) / "users" / "f2.yaml").unlink()
    after = load(folder(users__f=version(2, candidate=False)))
    assert named(after)["spend_per_day"].fingerprint == named(before)["spend_per_day"].fingerprint


def test_what_reads_two_versions_is_told_apart(folder: Folder) -> None:
    both = with_line(DERIVED, "expression: spend_7d@2 / spend_7d")
    other = with_line(DERIVED, "expression: spend_7d / spend_7d@2")
    prints = {
        named(load(folder(users__f=FEATURE, users__f2=version(2), users__d=text)))["spend_per_day"].fingerprint
        for text in (both, other, with_line(DERIVED, "expression: spend_7d / spend_7d"))
    }
    assert len(prints) == 3


@pytest.mark.parametrize(
    ("text", "in_quotes"),
    [
        ("spend@2 / n", '"spend@2" / n'),
        ('"spend@2" / n', '"spend@2" / n'),
        ("'spend@2' || spend@2", "'spend@2' || \"spend@2\""),
        ("spend @2 + a @ 2", "spend @2 + a @ 2"),
        ("Spend@2 + a@0 + a@b + @2", "Spend@2 + a@0 + a@b + @2"),
        ("count@12+last@3", '"count@12"+"last@3"'),
    ],
)
def test_a_version_is_one_word(text: str, in_quotes: str) -> None:
    assert quoted(text) == in_quotes


def test_promoted_text_keeps_what_is_no_version() -> None:
    assert promoted("spend@2 + LENGTH('spend@2')", ["spend@2"]) == "spend + LENGTH('spend@2')"
    assert promoted("spend@2 + spend@3", ["spend@2", "spend@3"]) == "spend@2 + spend@3"


def test_a_candidate_alone_is_refused(folder: Folder) -> None:
    (mistake,) = mistakes(folder(users__f=with_line(FEATURE, "candidate: true")))
    assert mistake == (
        "users/f.yaml:13  candidate: true; expected a promoted version that this candidate can replace; "
        "readers of spend_7d get the version without it, and there is none: to promote this one, remove the line"
    )
    assert [f.feature_name for f in load(folder(), whole=False).features] == ["spend_7d@1"]


def test_two_promoted_versions_are_refused(folder: Folder) -> None:
    (mistake,) = mistakes(folder(users__f=FEATURE, users__f2=version(2, candidate=False)))
    assert mistake == (
        "users/f2.yaml:1  feature_name: spend_7d; expected a unique feature name, or `candidate: true` "
        "in all versions but one; users/f.yaml:1 already uses it"
    )


@pytest.mark.parametrize(("first", "second"), [(FEATURE, version(1)), (version(2), version(2))])
def test_versions_are_told_apart_by_their_version(folder: Folder, first: str, second: str) -> None:
    more = {} if first == FEATURE else {"users__f0": FEATURE}
    (mistake,) = mistakes(folder(users__f=first, users__g=second, **more))
    assert mistake.startswith("users/g.yaml:2  version: ")
    assert "expected a unique version of spend_7d; users/f.yaml:2 already uses it" in mistake


def test_a_candidate_beside_a_file_with_mistakes_is_not_alone(folder: Folder) -> None:
    (mistake,) = mistakes(folder(users__f=without(FEATURE, "owner"), users__f2=version(2)))
    assert mistake.startswith("users/f.yaml:1  owner")


def test_a_version_that_is_not_there_is_named(folder: Folder) -> None:
    derived = with_line(DERIVED, "expression: spend_7d@3 / 7")
    (mistake,) = mistakes(folder(users__f=FEATURE, users__f2=version(2), users__d=derived))
    assert "expected a column instead of spend_7d@3; did you mean" in mistake
    (folder() / "users" / "d.yaml").unlink()
    in_set = without(FEATURE_SET, "features") + "features: [spend_7d@3]\n"
    (mistake,) = mistakes(folder(sets__s=in_set.replace("  - spend_per_day\n  - spend_7d\n", "")))
    assert "expected a feature instead of spend_7d@3; did you mean spend_7d@2" in mistake


def test_what_a_broken_version_defines_is_missed_by_nobody(folder: Folder) -> None:
    derived = with_line(DERIVED, "expression: spend_7d@2 / 7")
    (mistake,) = mistakes(folder(users__f=FEATURE, users__f2=without(version(2), "owner"), users__d=derived))
    assert mistake.startswith("users/f2.yaml:1  owner")


def test_its_field_in_a_record_is_not_that_of_another(folder: Folder) -> None:
    clash = with_line(FEATURE, "feature_name: spend_7d__v2")
    (mistake,) = mistakes(folder(users__f=FEATURE, users__f2=version(2), users__g=clash))
    assert mistake.startswith(
        "users/f2.yaml:1  feature_name: spend_7d; expected a name whose field in records is not spend_7d__v2"
    )
    assert mistake.endswith("spend_7d__v2 is also a feature")


def test_a_name_with_a_version_is_not_written_in_a_file(folder: Folder) -> None:
    (mistake,) = mistakes(folder(users__f=with_line(FEATURE, "feature_name: spend_7d@2")))
    assert "feature_name: spend_7d@2; expected lowercase letters" in mistake


def test_a_deprecated_version_is_replaced_by_a_candidate(folder: Folder) -> None:
    old = with_line(FEATURE, "deprecated: {since: 2026-11-01, use: spend_7d@2}")
    definitions = load(folder(users__f=old, users__f2=version(2)))
    assert definitions.deprecated["spend_7d"].use == "spend_7d@2"
