"""Tests writing edits: links and permissions stay; invalid edits and files that changed meanwhile are refused."""

from pathlib import Path

import pytest

from dataflows.definitions import load
from dataflows.definitions.reading.yaml_document import read
from governance.authoring.editing import UneditableFile, file_of, write_definitions
from tests.support.programs.command_line import ORDERS, SPENT


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    for name, text in (("sources/orders.yaml", ORDERS), ("user/user_spent_1d.yaml", SPENT)):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_links_and_permissions_stay(specs: Path) -> None:
    real, link = specs / "user" / "user_spent_1d.yaml", specs / "user" / "linked.yaml"
    real.rename(specs / "user" / "..real")
    link.symlink_to("..real")
    (specs / "user" / "..real").chmod(0o640)
    write_definitions(specs, [file_of(link).with_value("version", 2)])
    assert link.is_symlink()
    assert (specs / "user" / "..real").stat().st_mode & 0o777 == 0o640
    assert load(specs).features[0].version == 2
    assert sorted(path.name for path in (specs / "user").iterdir()) == ["..real", "linked.yaml"]


def test_an_edit_that_makes_definitions_invalid_is_not_written(specs: Path) -> None:
    path = specs / "user" / "user_spent_1d.yaml"
    with pytest.raises(UneditableFile, match=r"user_spent_1d.yaml:\d+  baseline_profile.std_dev: 0"):
        write_definitions(specs, [file_of(path).with_mapping("baseline_profile", {"std_dev": 0})])
    assert path.read_text() == SPENT


def test_a_file_that_changed_meanwhile_is_not_overwritten(specs: Path) -> None:
    path = specs / "user" / "user_spent_1d.yaml"
    edit = file_of(path).with_value("version", 2)
    path.write_text(f"# new\n{SPENT}")
    with pytest.raises(UneditableFile, match="changed while the command was running"):
        write_definitions(specs, [edit])
    assert read(path.read_bytes()).value["version"] == 1
