"""Tests the glossary: alphabetical, complete for the main classes of packages, each name defined in a file that owns
it."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.paths import ROOT

CODE = re.compile(r"`([^`]+)`")
CLASS = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
SPLIT = re.compile(r"(?<!\\)\|")


class Entry(NamedTuple):
    """A row of the glossary."""

    term: str
    names: list[str]
    files: list[str]


@cache
def entries() -> tuple[Entry, ...]:
    rows = [line for line in (ROOT / "docs" / "glossary.md").read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in SPLIT.split(row)[1:-1]] for row in rows[2:]]
    return tuple(Entry(term, CODE.findall(names), CODE.findall(files)) for term, _, names, files in cells)


def faces() -> list[Path]:
    packages = ("dataflows", "connectors", "compiled_loops", "reports", "serving", "headrace", "governance")
    return [face for package in packages for face in sorted((ROOT / package).rglob("__init__.py"))]


def exported(face: Path) -> set[str]:
    """Returns the classes and types that a package exports."""
    for node in ast.parse(face.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return {name for name in ast.literal_eval(node.value) if CLASS.fullmatch(name)}
    return set()


@cache
def defined(file: Path) -> frozenset[str]:
    """Returns the names that a file defines at its top level."""
    names = set[str]()
    for node in ast.parse(file.read_text()).body:
        match node:
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names)


@pytest.mark.parametrize("face", faces(), ids=lambda face: str(face.parent.relative_to(ROOT)))
def test_every_exported_class_is_in_the_glossary(face: Path) -> None:
    explained = {name for entry in entries() for name in entry.names}
    assert sorted(exported(face) - explained) == []


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.term)
def test_an_entry_names_the_files_that_define_it(entry: Entry) -> None:
    assert entry.files
    assert [file for file in entry.files if not (ROOT / file).is_file()] == []
    defined_names = set[str]().union(*(defined(ROOT / file) for file in entry.files if file.endswith(".py")))
    assert sorted(set(entry.names) - defined_names) == []


def test_terms_are_in_alphabetical_order_and_explained_once() -> None:
    terms = [entry.term.lower() for entry in entries()]
    assert terms == sorted(set(terms))
