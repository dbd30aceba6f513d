"""Tests the rules of the suite: helpers are listed, tests share only helpers, folders are small, markers are set."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

TESTS = ROOT / "tests"
MOST_FILES = 17
SOURCES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["packages"]
TRIALS = """
def test_on_a_topic(pulsar): ...
def test_on_a_page(page): ...
def test_on_a_server_of_its_own(own_redis): ...
def test_on_the_shared_server(redis_url): ...
def test_that_starts_programs(programs): ...
def test_of_nothing_else(tmp_path): ...
"""
CLEARED = """
import os
from tests.support.generators.seeds import fixed_seeds, fresh_seed
del os.environ["HEADRACE_SEED"]
assert (fresh_seed(), fixed_seeds(3)) == (42, [42])
"""
TELLING = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    collected = list(items)
    yield
    for item in collected:
        print("told", item.name, *(marker.name for marker in item.iter_markers()))
"""


def imported(file: Path) -> Iterator[str]:
    """Yields the modules that a file imports from; nothing, without a parse, if its text names no test module."""
    text = file.read_text()
    nodes = ast.walk(ast.parse(text)) if ".test_" in text else iter(())
    return (node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module)


def test_every_helper_is_in_the_readme() -> None:
    listed = (TESTS / "README.md").read_text()
    helpers = {file.relative_to(TESTS / "support") for file in (TESTS / "support").rglob("*.py")}
    names = {str(helper.parent if helper.name == "__init__.py" else helper) for helper in helpers}
    assert {name for name in names if name.endswith(".py") and f"`{name}`" not in listed} == set()


def test_tests_take_names_from_helpers_only() -> None:
    takers = {file: list(imported(file)) for file in TESTS.rglob("*.py")}
    assert [(str(file), name) for file, names in takers.items() for name in names if ".test_" in name] == []


def test_no_line_silences_a_check() -> None:
    silencing = re.compile(r"#\s*(type:\s*ignore|noqa)\b")
    python = [file for folder in SOURCES for file in (ROOT / folder).rglob("*.py")]
    assert len(python) > 1_000
    assert [str(file.relative_to(ROOT)) for file in python if silencing.search(file.read_text())] == []


def test_seeds_are_drawn_in_one_place() -> None:
    """HEADRACE_SEED then repeats every random test."""
    drawing = re.compile(
        r"\brandom\.(random|randrange|randint|uniform|choice|sample|shuffle)\(|Random\(\)|default_rng\(\)"
    )
    drawn = {str(file.relative_to(TESTS)) for file in TESTS.rglob("*.py") if drawing.search(file.read_text())}
    assert drawn == {"support/generators/seeds.py", "support/services/ports.py"}


def test_no_folder_is_crowded() -> None:
    folders = {folder: len(list(folder.glob("*.py"))) for folder in TESTS.rglob("*") if folder.is_dir()}
    assert {folder.name: count for folder, count in folders.items() if count > MOST_FILES + 1} == {}


@pytest.mark.usefixtures("programs")
def test_a_marker_follows_from_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_trial.py").write_text(TRIALS)
    (tmp_path / "conftest.py").write_text(TELLING)
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-p", "tests.conftest", "--collect-only"]
    command = [sys.executable, "-m", "pytest", *options, "-m", "not broker", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("told ")]
    assert {name: set(markers) for _, name, *markers in lines} == {
        "test_on_a_topic": {"broker"},
        "test_on_a_page": {"e2e"},
        "test_on_a_server_of_its_own": {"redis"},
        "test_on_the_shared_server": {"redis"},
        "test_that_starts_programs": {"e2e"},
        "test_of_nothing_else": set(),
    }
    chosen = {line.rpartition("::")[2] for line in done.stdout.splitlines() if "::" in line}
    assert chosen == {name for _, name, *markers in lines if "broker" not in markers}


@pytest.mark.usefixtures("programs")
def test_a_chosen_seed_outlasts_a_cleared_environment() -> None:
    """Tests of commands remove the settings of Headrace before they draw a seed."""
    subprocess.run([sys.executable, "-c", CLEARED], cwd=ROOT, env=os.environ | {"HEADRACE_SEED": "42"}, check=True)
