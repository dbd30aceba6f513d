"""The block of CODEOWNERS: foreign lines stay, every definition has its line, an unknown owner is named."""

from pathlib import Path

import pytest

from governance.publishing.codeowners import BEGIN, END, InvalidOwners, block, read_owners, with_block
from tests.support.dataflow.shards.live_shard import BASE, defined

TEAMS = {"tests@example.com": "@shop/tests"}


def test_every_definition_has_its_line(tmp_path: Path) -> None:
    definitions = defined(tmp_path, {"n": BASE["n"], "spend": BASE["spend"]})
    files = {"n": Path("specs/n.yaml"), "spend": Path("specs/with space/spend.yaml")}
    assert block(definitions, files, TEAMS).splitlines() == [
        BEGIN,
        "/specs/n.yaml @shop/tests",
        "/specs/with\\ space/spend.yaml @shop/tests",
        END,
    ]


def test_an_unknown_owner_is_named(tmp_path: Path) -> None:
    definitions = defined(tmp_path, {"n": BASE["n"]})
    with pytest.raises(InvalidOwners, match=r"tests@example\.com: not in the mapping"):
        block(definitions, {"n": Path("n.yaml")}, {})


def test_foreign_lines_stay_where_they_are() -> None:
    before = f"* @all\n{BEGIN}\n/old @x\n{END}\n/docs @writers\n"
    assert with_block(before, f"{BEGIN}\n/new @y\n{END}") == f"* @all\n{BEGIN}\n/new @y\n{END}\n/docs @writers\n"


def test_writing_twice_changes_nothing() -> None:
    once = with_block("", f"{BEGIN}\n{END}")
    assert with_block(once, f"{BEGIN}\n{END}") == once


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a, b]", "expected a mapping"),
        ("a@b.de: team", r"a@b\.de: expected @user"),
        ("a@b.de: '@x y'", "expected @user"),
        ("a: {", "is no YAML"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "owners.yaml"
    file.write_text(text)
    with pytest.raises(InvalidOwners, match=words):
        read_owners(file)


def test_a_missing_mapping_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidOwners, match="no such file"):
        read_owners(tmp_path / "owners.yaml")
