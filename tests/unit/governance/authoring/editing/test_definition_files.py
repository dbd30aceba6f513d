"""Tests edits of definition files: they have the intended meaning, and touch only the lines concerned."""

import re
from collections.abc import Callable, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from governance.authoring.editing import DefinitionFile, UneditableFile, file_of
from tests.support.generators.seeds import rng_of, seeds, some
from tests.support.paths import ROOT

CASE: dict[str, Any] = {
    "name": "é, from real events",
    "events": [
        {"event_type": "payment_success", "user_id": "u: 1", "amount": 1e22, "timestamp": "2026-01-01T00:00:00Z"},
        {"event_type": "on", "user_id": '"\x85\u2028\U0001f600\x7f', "amount": None, "timestamp": 7},
    ],
    "at": "2026-01-01T12:00:00Z",
    "expect": {"u: 1": 1e22},
}
BASELINE = {"mean": 1.5, "std_dev": 1e-7, "p95": 3}
NOTE = "suggested"


def file(text: str | bytes, folder: Path) -> DefinitionFile:
    path = folder / "feature.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return file_of(path)


def changed_lines(edit: DefinitionFile) -> list[str]:
    """Returns the removed and added lines, without their ends."""
    before, after = (content.decode("utf-8-sig").splitlines() for content in (edit.before, edit.after))
    return [line for line in unified_diff(before, after, n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))]


SHAPES: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "without its last newline": lambda text: text.rstrip("\n"),
    "a byte order mark": lambda text: "\ufeff" + text,
    "a marker of the document": lambda text: f"---\n{text}...\n",
    "tabs in comments": lambda text: text.replace("version: 1", "version: 1\t# one\tof\tmany"),
    "comments of other alphabets": lambda text: f"# Пример 例 🎉\n{text}# fin é\n",
    "a quoted key": lambda text: text.replace("version:", '"version":'),
    "a blank line at the end": lambda text: f"{text}\n\n",
}
FEATURES = sorted(path for path in (ROOT / "feature_specs").glob("*_profile/*.yaml"))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("path", some(FEATURES), ids=lambda path: path.stem)
def test_every_shipped_feature_in_every_shape(path: Path, shape: str, tmp_path: Path) -> None:
    edit = file(SHAPES[shape](path.read_text()), tmp_path)
    before = edit.value
    raised = edit.with_value("version", 12)
    assert raised.value == {**before, "version": 12}
    assert [line[0] for line in changed_lines(raised)] == ["-", "+"]
    measured = edit.with_mapping("baseline_profile", BASELINE)
    assert measured.value == {**before, "baseline_profile": BASELINE}
    assert [line[0] for line in changed_lines(measured)] == ["-", "+"] if "baseline_profile" in before else ["+"]
    suggested = edit.with_item("tests", CASE, NOTE)
    assert suggested.value == {**before, "tests": [*before["tests"], CASE]}
    assert {line[0] for line in changed_lines(suggested)} == {"+"}
    for after in (raised.after, measured.after, suggested.after):
        assert after.endswith(b"\n") == edit.before.endswith(b"\n")
        assert (b"\r\n" in after) == (shape == "CRLF")
        assert after.replace(b"\r\n", b"").count(b"\n") * (shape == "CRLF") == 0
        assert after.startswith("\ufeff".encode()) == (shape == "a byte order mark")


HEAD = "feature_name: f\nversion: 3\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 3 # c\n", "version: 4 # c\n"),
        ("{version: 3}\n", "{version: 4}\n"),
        ("{a: b, version: 3 , c: d}", "{a: b, version: 4 , c: d}"),
        ("version:\n  3\na: b\n", "version:\n  4\na: b\n"),
        ("a: |\n  text\nversion: 3\n", "a: |\n  text\nversion: 4\n"),
        ("a: b\n", "a: b\nversion: 4\n"),
        ("a: |+\n  text\n\n\n", "a: |+\n  text\n\n\nversion: 4\n"),
        ("a: |\n  text", "version: 4\na: |\n  text"),
        ("{a: b,}\n", "{a: b, version: 4,}\n"),
        ("{}\n", "{version: 4}\n"),
        ("  a: b\n  c: d\n", "  a: b\n  c: d\n  version: 4\n"),
    ],
)
def test_a_version_is_set_where_it_stands_or_added(text: str, expected: str, tmp_path: Path) -> None:
    assert file(text, tmp_path).with_value("version", 4).after.decode() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "baseline_profile: {mean: 1.0, std_dev: 2.0} # c\n",
            "baseline_profile: {mean: 1.5, std_dev: 1.0e-07, p95: 3} # c\n",
        ),
        (
            "baseline_profile:\n    # why\n    mean: 1.0  # m\n    # of May\n    std_dev: 1.0e-07\ntests: []\n",
            "baseline_profile:\n    # why\n    mean: 1.5  # m\n    # of May\n    std_dev: 1.0e-07\n    p95: 3\n"
            "tests: []\n",
        ),
        (
            "baseline_profile:\n  min: 1  # gone\n  mean: 1.0\n  max: 2\n",
            "baseline_profile:\n  mean: 1.5\n  std_dev: 1.0e-07\n  p95: 3\n",
        ),
        (
            "baseline_profile: {\n  mean: 1.5,  # m\n  max: 9, # gone\n  p95: 3  # p\n}\n",
            "baseline_profile: {\n  mean: 1.5,  # m\n  p95: 3, std_dev: 1.0e-07  # p\n}\n",
        ),
        ("baseline_profile: {max: 9}\n", "baseline_profile: {mean: 1.5, std_dev: 1.0e-07, p95: 3}\n"),
        ("baseline_profile: {}\n", "baseline_profile: {mean: 1.5, std_dev: 1.0e-07, p95: 3}\n"),
        (
            "validation_rules:\n  - {rule: not_null}\n  # - {rule: range}\n\n# tests\ntests: []\n",
            "validation_rules:\n  - {rule: not_null}\n  # - {rule: range}\n"
            "baseline_profile: {mean: 1.5, std_dev: 1.0e-07, p95: 3}\n\n# tests\ntests: []\n",
        ),
    ],
)
def test_a_baseline_changes_entry_by_entry(text: str, expected: str, tmp_path: Path) -> None:
    edit = file(text, tmp_path).with_mapping("baseline_profile", BASELINE)
    assert edit.after.decode() == expected
    assert edit.value["baseline_profile"] == BASELINE


SMALL = {"events": [{"q": 1}], "at": "noon", "expect": {"u1": 1}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: b\n",
            "a: b\ntests:\n  # suggested\n  - events:\n      - {q: 1}\n    at: noon\n    expect: {u1: 1}\n",
        ),
        (
            "tests: []  # none\nb: c\n",
            "tests:  # none\n  # suggested\n  - events:\n      - {q: 1}\n    at: noon\n    expect: {u1: 1}\nb: c\n",
        ),
        (
            "tests:\n- at: x\n  # of x\n# of b\nb: c\n",
            "tests:\n- at: x\n  # of x\n# suggested\n- events:\n  - {q: 1}\n  at: noon\n  expect: {u1: 1}\n"
            "# of b\nb: c\n",
        ),
        (
            "tests:\n    -   at: x",
            "tests:\n    -   at: x\n    # suggested\n    -   events:\n            - {q: 1}\n        at: noon\n"
            "        expect: {u1: 1}",
        ),
        (
            "tests: [{at: x}] # c\n",
            "tests: [{at: x},\n  # suggested\n  {events: [{q: 1}], at: noon, expect: {u1: 1}}] # c\n",
        ),
        (
            "{tests: []}\n",
            "{tests: [\n  # suggested\n  {events: [{q: 1}], at: noon, expect: {u1: 1}}]}\n",
        ),
        (
            "{a: b}\n",
            "{a: b, tests: [\n  # suggested\n  {events: [{q: 1}], at: noon, expect: {u1: 1}}]}\n",
        ),
    ],
)
def test_a_case_is_added_below_the_others(text: str, expected: str, tmp_path: Path) -> None:
    edit = file(text, tmp_path).with_item("tests", SMALL, NOTE)
    assert edit.after.decode() == expected


def test_events_by_source_are_lines_too(tmp_path: Path) -> None:
    case = {**SMALL, "events": {"orders": [{"q": 1}], "logins": []}}
    edit = file("a: b\n", tmp_path).with_item("tests", case, NOTE)
    assert "  - events:\n      orders:\n        - {q: 1}\n      logins: []\n" in edit.after.decode()


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x\n", "a: 1\na: 2\n", "<<: {a: 1}\n", ""])
def test_what_the_reader_refuses_is_not_edited(text: str, tmp_path: Path) -> None:
    with pytest.raises(UneditableFile, match="headrace validate"):
        file(text, tmp_path)


def test_what_cannot_be_edited_is_left_and_told(tmp_path: Path) -> None:
    edit = file("? version\n: 3\n", tmp_path)
    assert edit.with_value("version", 4).after == b"? version\n: 4\n"
    odd = file("? a\n: |\n  text", tmp_path)
    with pytest.raises(UneditableFile, match="Edit by hand: version: 4"):
        odd.with_value("version", 4)


@pytest.mark.parametrize("seed", seeds(60))
def test_comments_anywhere_are_kept(seed: int, tmp_path: Path) -> None:
    rng = rng_of(seed)
    lines = FEATURES[int(rng.integers(len(FEATURES)))].read_text().splitlines()
    commented = list[str]()
    for number, line in enumerate(lines):
        if rng.random() < 0.3:
            commented.append(f"{' ' * int(rng.integers(0, 9))}#\t<{number}>")
        commented.append(f"{line}  # >{number}<" if rng.random() < 0.3 and not line.startswith("#") else line)
        if rng.random() < 0.1:
            commented.append(" " * int(rng.integers(0, 4)))
    end = str(rng.choice(["\n", "\r\n"]))
    edit = file(end.join(commented) + end * int(rng.integers(0, 3)), tmp_path)
    before = edit.value
    edit = edit.with_value("version", 12).with_mapping("baseline_profile", BASELINE).with_item("tests", CASE, NOTE)
    assert edit.value == {**before, "version": 12, "baseline_profile": BASELINE, "tests": [*before["tests"], CASE]}
    text = edit.after.decode()
    edited_lines = [line for line in text.split(end) if NOTE not in line]
    assert [line for line in commented if "#" in line and "baseline" not in line and "version" not in line] == [
        line for line in edited_lines if "#" in line and "baseline" not in line and "version" not in line
    ]
    assert sorted(re.findall(r"[<>]\d+[<>]", text)) == sorted(re.findall(r"[<>]\d+[<>]", edit.before.decode()))


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("{mean: 1.0, p95: 2.0} # measured", "{max: 3.5, std_dev: 1.0e-07} # measured"),
        ("{ # none yet\n}", "{max: 3.5, std_dev: 1.0e-07 # none yet\n}"),
        ("\n  # of May\n  mean: 1.0\n  p95: 2.0", "\n  # of May\n  max: 3.5\n  std_dev: 1.0e-07"),
    ],
)
def test_comments_stay_although_all_keys_are_others(profile: str, expected: str, tmp_path: Path) -> None:
    edit = file(f"version: 1\nbaseline_profile: {profile}\nowner: x\n", tmp_path)
    edit = edit.with_mapping("baseline_profile", {"max": 3.5, "std_dev": 1e-7})
    comments = [line.partition("#")[2] for line in profile.splitlines() if "#" in line]
    assert all(comment in edit.after.decode() for comment in comments)
    assert edit.value["baseline_profile"] == {"max": 3.5, "std_dev": 1e-7}
    assert edit.after.decode() == f"version: 1\nbaseline_profile: {expected}\nowner: x\n"
