"""Tests the recipes for contributors: their diffs apply to today's code, and the first one works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

RECIPES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
DIFF = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 500
SHARED = "kernels"
"""A package that the copy takes from the code itself: compiling it for another folder would take minutes."""


def run(command: list[str], folder: Path, given: str = "", **variables: str) -> None:
    """Runs a command in a folder; it must succeed in time."""
    ran = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def apply(recipe: Path, folder: Path, *options: str) -> None:
    """Applies the diffs of a recipe to a folder, which need not be a repository."""
    diffs = "".join(DIFF.findall(recipe.read_text()))
    assert diffs
    run(["git", "apply", *options], folder, diffs, GIT_CEILING_DIRECTORIES=str(folder.parent))


def copied(folder: Path) -> Path:
    """Copies the code that the first recipe changes, and its tests."""
    ignored = shutil.ignore_patterns("__pycache__", SHARED)
    for name in ("dataflows", "tests", "feature_specs"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    with (folder / "dataflows" / "__init__.py").open("a") as face:
        face.write(f"\n__path__.append({str(ROOT / 'dataflows')!r})\n")
    return folder


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_a_recipe_applies_to_the_code(recipe: Path) -> None:
    apply(recipe, ROOT, "--check")


@pytest.mark.usefixtures("programs")
def test_an_aggregation_is_added_by_following_its_recipe(tmp_path: Path) -> None:
    """Its values equal the oracle's over random streams, and a shipped definition uses it."""
    copy = copied(tmp_path / "headrace")
    apply(ROOT / "docs" / "how-to" / "add-an-aggregation.md", copy)
    files = [str(next((copy / "tests").rglob(name))) for name in ("test_dataflow.py", "test_shipped_definitions.py")]
    oracle = [sys.executable, "-m", "pytest", *files, "-k", "live_shard or use_everything or active_seconds"]
    run(oracle, copy, HEADRACE_TEST_SEEDS="1", PYTHONPATH=f"{copy}{os.pathsep}{ROOT}")
