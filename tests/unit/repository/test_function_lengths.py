"""Tests that functions are short: at most 20 lines below the signature and the docstring."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

FOLDERS = (
    "benchmarks", "cli", "compiled_loops", "connectors", "dataflows", "examples", "governance", "headrace", "reports",
    "scripts", "serving", "tests",
)  # fmt: skip
MOST_LINES = 20


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Yields the name of each function and the number of lines of its body."""
    for node in _statements(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            yield node.name, (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yields all statements: expressions, which are most of the nodes, contain no function."""
    for place in ("body", "handlers", "orelse", "finalbody", "cases"):
        for inner in getattr(node, place, ()):
            yield inner
            yield from _statements(inner)


def test_no_function_is_long() -> None:
    lengths = [
        (f"{file.relative_to(ROOT)}: {name}", lines)
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*.py")
        for name, lines in functions(file)
    ]
    assert len(lengths) > 10_000
    assert [(place, lines) for place, lines in lengths if lines > MOST_LINES] == []
