"""Tests the documentation: links work, definitions in it load and pass their tests, commands exist."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from dataflows import definition_tests
from dataflows.definitions.loader import load
from tests.support.paths import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    """Returns (page, text) of every block in a language."""
    return [(page.name, text) for page in PAGES for kind, text in BLOCK.findall(page.read_text()) if kind == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(("page", "text"), [block for block in blocks("yaml") if block[1].startswith("feature_name")])
def test_definitions_load_and_pass_their_tests(page: str, text: str, tmp_path: Path) -> None:
    specs = shutil.copytree(ROOT / "feature_specs", tmp_path / "specs")
    name = text.split("\n", 1)[0].removeprefix("feature_name: ")
    for shipped in specs.rglob(f"{name}.yaml"):
        shipped.unlink()
    (specs / "user_profile" / "from_the_docs.yaml").write_text(text)
    results = [result for result in definition_tests.run(load(specs)) if result.feature == name]
    assert [result.detail for result in results if not result.passed] == []


@pytest.mark.parametrize(("page", "text"), [block for block in blocks("yaml") if block[1].startswith("set_name")])
def test_feature_sets_load(page: str, text: str, tmp_path: Path) -> None:
    specs = shutil.copytree(ROOT / "feature_specs", tmp_path / "specs")
    (specs / "sets" / "from_the_docs.yaml").write_text(text)
    assert text.split("\n", 1)[0].removeprefix("set_name: ") in load(specs).sets


def test_commands_in_the_docs_exist() -> None:
    named = {m for _, text in blocks("sh") for m in re.findall(r"^(?:\.venv/bin/)?headrace (\w+)", text, re.MULTILINE)}
    assert named
    for command in sorted(named):
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command
