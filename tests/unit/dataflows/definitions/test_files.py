"""Tests which files are read: only small regular files in the folder."""

import os
from pathlib import Path

import pytest

from dataflows.definitions.loader import load
from dataflows.definitions.reading.yaml_document import MAX_BYTES
from tests.support.factories.definition_files import FEATURE, ORDERS, Folder, mistakes, with_line

SECRET = "root:x:0:0:root:/root:/bin/bash"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made: Path = Folder(tmp_path / "specs")(users__f=FEATURE)
    return made


def test_a_huge_file_is_not_read(folder: Path) -> None:
    with (folder / "users/big.yaml").open("wb") as big:
        big.truncate(3_000_000_000)
    (mistake,) = mistakes(folder)
    assert mistake == "users/big.yaml:1  file; expected at most 256 KiB; it has 3000000000 bytes"


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "users/pipe.yaml")
    (mistake,) = mistakes(folder)
    assert mistake == "users/pipe.yaml:1  file; expected a regular file"


def test_a_folder_named_like_a_file(folder: Path) -> None:
    (folder / "users/x.yaml").mkdir()
    (mistake,) = mistakes(folder)
    assert mistake == "users/x.yaml:1  file; expected a regular file; it is a folder"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_that_leads_out_is_not_followed(folder: Path, tmp_path: Path, what: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/passwd").write_text(SECRET, encoding="utf-8")
    (tmp_path / "outside/a.yaml").write_text(SECRET, encoding="utf-8")
    (folder / "users/link.yaml").symlink_to(tmp_path / "outside" / ("passwd" if what == "file" else ""))
    (mistake,) = mistakes(folder)
    assert mistake.startswith("users/link.yaml:1  file; expected a link to a file within the folder of definitions")
    assert "root" not in mistake


def test_a_linked_folder_outside_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (folder / "more").symlink_to(tmp_path / "outside")
    (mistake,) = mistakes(folder)
    assert mistake.startswith("more:1  file; expected a link to a file within")


def test_a_link_to_nowhere(folder: Path) -> None:
    (folder / "users/gone.yaml").symlink_to("nothing.yaml")
    (mistake,) = mistakes(folder)
    assert mistake == "users/gone.yaml:1  file; expected a link to an existing file; its target does not exist"


def test_links_inside_are_followed_once_and_rings_end(folder: Path) -> None:
    (folder / "ring").symlink_to(folder)
    (folder / "users/again.yaml").symlink_to("f.yaml")
    assert [feature.feature_name for feature in load(folder).features] == ["spend_7d"]


def test_a_folder_as_kubernetes_mounts_it(tmp_path: Path) -> None:
    data = tmp_path / "mount/..2026_01_01"
    Folder(data)(f=FEATURE)
    (tmp_path / "mount/..data").symlink_to("..2026_01_01")
    (tmp_path / "mount/f.yaml").symlink_to("..data/f.yaml")
    (tmp_path / "mount/sources").symlink_to("..data/sources")
    loaded = load(tmp_path / "mount")
    assert (len(loaded.sources), len(loaded.features)) == (1, 1)


def test_a_folder_that_is_a_link_itself(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(folder)
    assert len(load(tmp_path / "linked").features) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfea\x00", "expected UTF-8 text"),
        (b"a: \x00\n", "expected valid YAML"),
        (b"x" * (MAX_BYTES + 1), "expected at most 256 KiB"),
        (b"", "expected valid YAML; the file is empty"),
        (b'feature_name: "\\ud800"\n', "expected"),
    ],
)
def test_what_is_no_definition(folder: Path, content: bytes, says: str) -> None:
    (folder / "users/odd.yaml").write_bytes(content)
    assert says in mistakes(folder)[0]


@pytest.mark.parametrize("key", ["description", "filter", "value", "tags", "zzz", "source", "entity_id"])
def test_a_text_that_utf_8_cannot_hold(folder: Path, key: str) -> None:
    (folder / "users/f.yaml").write_text(with_line(FEATURE, f'{key}: "a\\ud800"'), encoding="utf-8")
    (mistake,) = mistakes(folder)
    assert mistake.isprintable()
    mistake.encode()


def test_a_mark_and_line_ends_of_windows_are_read(folder: Path) -> None:
    (folder / "users/f.yaml").write_bytes(b"\xef\xbb\xbf" + FEATURE.replace("\n", "\r\n").encode())
    (folder / "sources/orders.yaml").write_bytes(ORDERS.replace("\n", "\r\n").encode())
    assert len(load(folder).features) == 1
