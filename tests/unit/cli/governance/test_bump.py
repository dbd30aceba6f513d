"""Tests `headrace bump`: it raises versions in their files, and plans then agree."""

import json
from pathlib import Path

import pytest

from dataflows.definitions import load
from governance.registration.registry import document_of
from tests.support.programs.command_line import ORDERS, SPENT, edit, headrace

SET = """set_name: checkout  # read at checkout
version: 7\t# of many
owner: shop@example.com
description: "x"
features: [user_spent_1d]
"""


@pytest.fixture
def specs(specs: Path) -> Path:
    (specs / "sets").mkdir()
    (specs / "sets" / "checkout.yaml").write_text(SET)
    return specs


@pytest.fixture
def document(specs: Path, tmp_path: Path) -> str:
    path = tmp_path / "registry.json"
    path.write_bytes(document_of(load(specs)))
    return str(path)


@pytest.mark.parametrize("command", ["bump", "baseline"])
def test_help_has_examples_and_exit_codes(command: str) -> None:
    helped = headrace(command, "--help")
    for word in ("Examples:", f"headrace {command}", "Exit code:"):
        assert word in helped.output


def test_a_feature_and_a_set_rise_by_one(specs: Path) -> None:
    bumped = headrace("bump", "checkout", "user_spent_1d")
    assert bumped.exit_code == 0, bumped.output
    assert "checkout: version 7 -> 8 in " in bumped.output
    assert (specs / "sets" / "checkout.yaml").read_text() == SET.replace("version: 7", "version: 8")
    assert (specs / "user" / "user_spent_1d.yaml").read_text() == SPENT.replace("version: 1", "version: 2")


def test_to_a_number_that_is_greater(specs: Path) -> None:
    assert headrace("bump", "checkout", "--to", "2147483647").exit_code == 0
    assert "version: 2147483647\t# of many" in (specs / "sets" / "checkout.yaml").read_text()
    for refused in (["checkout"], ["checkout", "--to", "7"], ["user_spent_1d", "--to", "1"]):
        result = headrace("bump", *refused)
        assert (result.exit_code, "expected a higher version" in result.output) == (2, True), result.output


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("user_spend_1d", "unknown feature or set 'user_spend_1d'; did you mean user_spent_1d?"),
        ("orders", "orders is a source; only features and sets have a version"),
    ],
)
def test_unknown_names_are_refused_with_a_hint(specs: Path, name: str, said: str) -> None:
    refused = headrace("bump", name)
    assert (refused.exit_code, said in refused.output) == (2, True), refused.output
    assert (specs / "sources" / "orders.yaml").read_text() == ORDERS


@pytest.mark.parametrize("arguments", [[], ["checkout", "--needed"], ["checkout", "user_spent_1d", "--to", "9"]])
def test_unclear_arguments_are_refused(specs: Path, arguments: list[str]) -> None:
    assert headrace("bump", *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("before", "after", "needs"),
    [
        ("value: amount", "value: amount * 2", True),
        ("feature-user", "feature-buyer", True),
        ("window: 1d", "window: 2d", True),
        ("owner: ", "owner: x", False),
        ("version: 1", "version: 2", False),
        ("aggregation: sum", "baseline_profile: {mean: 1.0}\naggregation: sum", False),
    ],
)
def test_what_a_plan_refuses_rises(specs: Path, document: str, before: str, after: str, needs: bool) -> None:
    edit(specs, (before, after))
    assert bool(json.loads(headrace("plan", "--against", document, "--json").output)["problems"]) == needs
    raised = headrace("bump", "--needed", "--against", document)
    assert raised.exit_code == 0, raised.output
    assert ("user_spent_1d: version 1 -> 2" in raised.output) == needs
    assert ("no definition needs a new version" in raised.output) != needs
    assert json.loads(headrace("plan", "--against", document, "--json").output)["problems"] == []


def test_a_version_that_fell_rises_above_the_registered_one(specs: Path, document: str) -> None:
    path = specs / "sets" / "checkout.yaml"
    path.write_text(SET.replace("version: 7", "version: 3"))
    assert "checkout: version 3 -> 7" in headrace("bump", "--needed", "--against", document).output
    path.write_text(SET.replace("version: 7", "version: 3").replace("[user_spent_1d]", "[user_spent_1d, more]"))
    (specs / "user" / "more.yaml").write_text(SPENT.replace("user_spent_1d", "more"))
    assert "checkout: version 3 -> 8" in headrace("bump", "--needed", "--against", document).output
    assert json.loads(headrace("plan", "--against", document, "--json").output)["problems"] == []
