"""Tests that kernels are recompiled whenever anything compiled into them changes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiled_loops import compiled_sources
from tests.support.paths import ROOT

COMPILED = "from compiled_loops import "


def imported(source: Path) -> Iterator[Path]:
    """Yields the files of this project that a file imports from."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield from file_of(f"{node.module}.{alias.name}") or file_of(node.module)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from file_of(alias.name)


def file_of(module: str) -> list[Path]:
    """Returns the file of a module of this project; none for a name in one, or an external module."""
    path = ROOT / module.replace(".", "/")
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()]


def test_the_name_of_the_cache_covers_everything_that_kernels_import() -> None:
    sources = compiled_sources()
    missing = {(source.name, file.name) for source in sources for file in imported(source) if file not in sources}
    assert missing == set()


def test_it_covers_every_file_with_a_loop() -> None:
    product = ("connectors", "dataflows", "headrace", "reports", "serving")
    files = [file for package in product for file in (ROOT / package).rglob("*.py")]
    with_loops = {file for file in files if COMPILED in file.read_text()}
    assert len(with_loops) > 15
    assert with_loops - set(compiled_sources()) == set()


@pytest.mark.parametrize("file", ["dataflows/kernels/opcodes.py", "reports/ertl_estimator.py"])
def test_it_covers_op_codes_and_what_kernels_borrow(file: str) -> None:
    assert ROOT / file in compiled_sources()
