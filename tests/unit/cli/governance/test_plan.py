"""Tests `headrace plan` against git, a folder and a document; exit codes 0, 2 and 1."""

import json
import shutil
from pathlib import Path

import pytest

from dataflows.definitions import load
from governance.registration.registry import document_of
from tests.support.programs.command_line import edit, headrace
from tests.support.programs.git_checkout import git_begun


@pytest.fixture
def repository(specs: Path) -> Path:
    return git_begun(specs)


def test_against_the_last_commit(repository: Path) -> None:
    assert headrace("plan").exit_code == 0
    edit(repository, ("owner: ", "owner: x"))
    described = headrace("plan")
    assert described.exit_code == 2
    assert "changed (metadata)" in described.output
    edit(repository, ("value: amount", "value: amount * 2"))
    refused = headrace("plan", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["problems"] == [
        "user_spent_1d: a change of value needs a new version; set `version: 2`"
    ]


def test_against_a_folder_and_a_document(specs: Path, tmp_path: Path) -> None:
    document = tmp_path / "registry.json"
    document.write_bytes(document_of(load(specs)))
    assert headrace("plan", "--against", str(document)).exit_code == 0
    assert headrace("plan", "--against", str(specs)).exit_code == 0
    edit(specs, ("owner: ", "owner: x"))
    comment = headrace("plan", "--against", str(document), "--markdown")
    assert comment.exit_code == 2
    assert comment.output.startswith("<!-- headrace-plan -->")


@pytest.mark.parametrize("reference", ["nowhere", "--output=/tmp/x", "HEAD:secret"])
def test_a_reference_that_is_nothing_is_one_clear_line(repository: Path, reference: str) -> None:
    refused = headrace("plan", f"--against={reference}")
    assert refused.exit_code == 1
    assert "neither a folder nor a file" in refused.output
    assert "Traceback" not in refused.output


def test_outside_a_repository_that_is_said(specs: Path) -> None:
    refused = headrace("plan")
    assert refused.exit_code == 1
    assert "git says" in refused.output


def test_wrong_arguments_are_no_changes(specs: Path) -> None:
    assert headrace("plan", "--nonsense").exit_code == 1
    assert headrace("validate", "--nonsense").exit_code == 2


def test_with_cost_both_are_measured(specs: Path, tmp_path: Path) -> None:
    shutil.copytree(specs, tmp_path / "before")
    edit(specs, ("window: 1d", "window: 2d"))
    result = headrace("plan", "--against", str(tmp_path / "before"), "--with-cost", "--json")
    cost = json.loads(result.stdout)["cost"]
    assert cost["before"]["event_us"] > 0
    assert cost["after"]["state_bytes"]["user_id"] > 0
    assert cost["retained"] == 0
