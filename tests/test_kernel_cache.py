"""Kernels are compiled anew whenever anything that is compiled into them has changed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from dataflows.kernels import compiled_sources

ROOT = Path(__file__).resolve().parent.parent


def imported(source: Path) -> Iterator[Path]:
    """The files of this project that a file takes names from."""
    for node in ast.walk(ast.parse(source.read_text())):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            module = ROOT / name.replace(".", "/")
            yield from (file for file in (module.with_suffix(".py"), module / "__init__.py") if file.exists())


def test_the_name_of_the_cache_covers_everything_that_kernels_import() -> None:
    sources = compiled_sources()
    missing = {(source.name, file.name) for source in sources for file in imported(source) if file not in sources}
    assert missing == set()


def test_it_covers_the_op_codes() -> None:
    assert ROOT / "dataflows/kernels/opcodes.py" in compiled_sources()
