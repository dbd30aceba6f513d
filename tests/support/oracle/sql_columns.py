"""The columns that an expression reads, found by DuckDB's parser."""

import json
from collections.abc import Container, Iterator
from typing import Any

import duckdb


def columns_in(text: str | None, known: Container[str]) -> set[str]:
    """Returns the columns of an expression; none without an expression."""
    if text is None:
        return set()
    with duckdb.connect() as connection:
        (row,) = connection.execute("SELECT json_serialize_sql(?)", [f"SELECT {text}"]).fetchall()
    tree = json.loads(row[0])
    assert not tree["error"], tree
    return {name for name in _columns(tree) if name in known}


def _columns(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from _columns(part)
    elif isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        for part in node.values():
            yield from _columns(part)
