"""Tests files of a site in a folder: foreign files survive; the next run completes one that died."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.publishing.catalogue import NotPublished, publish
from governance.publishing.catalogue.published_files import LISTED
from tests.support.generators.seeds import fresh_seed

SITE = {"index.html": b"one", "features/a.html": b"a", "features/b.html": b"b", "static/site.js": b"js"}


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != LISTED)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_what_is_not_needed_any_more_goes_and_files_of_others_stay(tmp_path: Path) -> None:
    publish(SITE, tmp_path)
    (tmp_path / "features" / "mine.html").write_text("mine")
    (tmp_path / "CNAME").write_text("example.com")
    removed = publish({"index.html": b"two", "sets/c.html": b"c"}, tmp_path)
    assert removed == ["features/a.html", "features/b.html", "static/site.js"]
    mine = {"features/mine.html": b"mine", "CNAME": b"example.com"}
    assert contents(tmp_path) == {"index.html": b"two", "sets/c.html": b"c", **mine}
    assert not (tmp_path / "static").exists()


def test_a_file_that_somebody_changed_is_neither_removed_nor_written_over(tmp_path: Path) -> None:
    publish(SITE, tmp_path)
    (tmp_path / "features" / "a.html").write_text("edited")
    assert publish({**SITE, "new.html": b"n"} | {"features/a.html": b"edited"}, tmp_path) == []
    (tmp_path / "features" / "b.html").write_text("edited too")
    with pytest.raises(NotPublished, match=r"features/b.html: not written by"):
        publish(SITE, tmp_path)
    assert publish({"index.html": b"one"}, tmp_path) == ["features/a.html", "new.html", "static/site.js"]
    assert contents(tmp_path) == {"index.html": b"one", "features/b.html": b"edited too"}


@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_nothing_is_written_if_something_is_in_the_way(what: str, tmp_path: Path) -> None:
    site, other = tmp_path / "site", tmp_path / "other"
    site.mkdir()
    other.mkdir()
    if what == "file":
        (site / "index.html").write_text("theirs")
    elif what == "folder":
        (site / "index.html").mkdir()
    else:
        (site / "features").symlink_to(other)
    with pytest.raises(NotPublished, match="nothing was written"):
        publish(SITE, site)
    assert contents(site) in ({}, {"index.html": b"theirs"}) and [*other.iterdir()] == []
    assert not (site / LISTED).exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"headrace_docs": 2, "files": {}}', '{"headrace_docs": 1, "files": 5}', "\xff"]
)
def test_a_list_that_is_none_stops_it(text: str, tmp_path: Path) -> None:
    (tmp_path / LISTED).write_text(text, encoding="latin-1")
    with pytest.raises(NotPublished, match="not a file list of"):
        publish(SITE, tmp_path)
    assert contents(tmp_path) == {}


def test_a_list_cannot_reach_out_of_the_folder(tmp_path: Path) -> None:
    """Neither by dots, nor from the root, nor through a link."""
    site, victim = tmp_path / "site", tmp_path / "victim.html"
    publish(SITE, site)
    victim.write_bytes(b"a")
    (site / "out").symlink_to(tmp_path)
    document = json.loads((site / LISTED).read_text())
    known = document["files"]["features/a.html"]
    document["files"] |= {"../victim.html": known, str(victim): known, "out/victim.html": known}
    (site / LISTED).write_text(json.dumps(document))
    publish({"index.html": b"one"}, site)
    assert victim.read_bytes() == b"a"


def test_a_run_that_dies_anywhere_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, death = random.Random(fresh_seed()), DeathAtReplace(Path.replace)

    def replace(source: Path, target: os.PathLike[str]) -> Path:
        return death.replace(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    for run in range(60):
        names = chance.sample(["index.html", "a/x.html", "a/y.html", "b/z.html", "b/c/w.html"], chance.randint(1, 5))
        files = {name: f"{run} {name}".encode() for name in names}
        death.files_left = chance.randint(0, 6)
        try:
            publish(files, tmp_path)
        except KeyboardInterrupt:
            death.files_left = 100
            publish(files, tmp_path)
        assert contents(tmp_path) == files


class DeathAtReplace:
    """Interrupts a run that puts files in place when it has none left to put."""

    def __init__(self, replace: Callable[[Path, os.PathLike[str]], Path]) -> None:
        self.files_left = 0
        self._replace = replace

    def replace(self, source: Path, target: os.PathLike[str]) -> Path:
        self.files_left -= 1
        if self.files_left < 0:
            raise KeyboardInterrupt
        return self._replace(source, target)


def test_a_file_that_is_the_same_is_not_touched(tmp_path: Path) -> None:
    publish(SITE, tmp_path)
    for path in tmp_path.rglob("*.html"):
        os.utime(path, (1, 1))
    publish({**SITE, "index.html": b"two"}, tmp_path)
    assert (tmp_path / "features" / "a.html").stat().st_mtime == 1
    assert (tmp_path / "index.html").stat().st_mtime > 1
