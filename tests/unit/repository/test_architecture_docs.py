"""Tests pages for contributors: paths in them exist, no package or module is missing, the floors are those of the
linter."""

import re
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from tests.support.paths import ROOT

DOCS = ROOT / "docs"
ARCHITECTURE = sorted((DOCS / "architecture").glob("*.md"))
PAGES = [*ARCHITECTURE, *sorted((DOCS / "how-to").glob("*.md")), DOCS / "glossary.md", ROOT / "CONTRIBUTING.md"]
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)+/?")
FILE = re.compile(r"[\w-]+\.(py|md|ya?ml|toml|json)")
PACKAGES = ("dataflows", "connectors", "compiled_loops", "reports", "serving", "headrace", "governance", "cli")
PLACED = re.compile(r"((?:`\w+`(?:, | and )?)+) (?:in|of) `([\w/]+\.py)`")
FLOOR = re.compile(r"^\| \[(\w+)\]\(\w+\.md\) \|.*\| (\d+) \|$", re.MULTILINE)


@cache
def prose(page: Path) -> str:
    """Returns a page without its code blocks."""
    return FENCED.sub("", page.read_text())


def named(page: Path) -> list[str]:
    """Returns the paths and file names that a page has in backticks."""
    return [code for code in CODE.findall(prose(page)) if PATH.fullmatch(code) or FILE.fullmatch(code)]


@cache
def is_there(path: str) -> bool:
    """Returns whether a path exists, or, for a bare name, whether such a file exists anywhere."""
    folders = chain(PACKAGES, ("docs", "tests", "benchmarks", "feature_specs"))
    return (ROOT / path).exists() or ("/" not in path and any(any((ROOT / top).rglob(path)) for top in folders))


def architecture() -> str:
    return "\n".join(prose(page) for page in ARCHITECTURE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_paths_in_a_page_exist(page: Path) -> None:
    assert named(page)
    assert [path for path in named(page) if not is_there(path)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_name_stands_in_the_file_that_a_page_gives(page: Path) -> None:
    text = " ".join(prose(page).split())
    placed = [(name, path) for names, path in PLACED.findall(text) for name in re.findall(r"`(\w+)`", names)]
    texts = {path: (ROOT / path).read_text() for _, path in placed}
    assert [(name, path) for name, path in placed if not re.search(rf"\b{name}\b", texts[path])] == []


def test_every_module_of_the_dataflow_is_on_a_page() -> None:
    modules = [path for path in (ROOT / "dataflows").rglob("*.py") if path.name != "__init__.py"]
    text = architecture()
    assert sorted(path for file in modules if f"`{(path := str(file.relative_to(ROOT)))}`" not in text) == []


def test_every_package_is_on_a_page() -> None:
    inits = chain.from_iterable((ROOT / package).rglob("__init__.py") for package in PACKAGES)
    text = architecture()
    assert sorted(path for init in inits if f"`{(path := str(init.parent.relative_to(ROOT)))}/" not in text) == []


def test_the_floors_are_those_of_the_linter() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract.get("containers") == ["dataflows"])
    page = (DOCS / "architecture" / "README.md").read_text()
    drawn = [re.split(r"\s{2,}", line.strip())[0] for line in page.splitlines() if line.startswith("  ")]
    assert [line for line in drawn if line in layers] == layers
    floors = {name: floor for floor, layer in enumerate(reversed(layers), 1) for name in layer.split(" | ")}
    assert {name: floors.get(name) for name, _ in FLOOR.findall(page)} == {
        name: int(floor) for name, floor in FLOOR.findall(page)
    }
