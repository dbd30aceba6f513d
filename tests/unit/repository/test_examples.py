"""Tests that the examples in docstrings run and give the promised result."""

import doctest
import importlib
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGES = ("dataflows", "connectors", "reports", "serving", "headrace", "governance", "cli", "benchmarks")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if ">>> " in file.read_text())


def module(file: Path) -> str:
    """Returns the dotted name of a file."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("file", FILES, ids=module)
def test_examples_hold(file: Path) -> None:
    result = doctest.testmod(importlib.import_module(module(file)))
    assert result.attempted
    assert not result.failed
