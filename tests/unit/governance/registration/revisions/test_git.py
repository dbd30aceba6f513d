"""Tests a folder at a commit: its files and links, and nothing outside the target folder."""

import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from governance.registration.revisions.git import NoRevision, _write, extract
from tests.support.programs.git_checkout import git_begun


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository" / "features"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "a.yaml").write_text("a: ä\n", encoding="utf-8")
    (folder / "b.yaml").symlink_to("deep/er/a.yaml")
    (folder / "out.yaml").symlink_to("../../secret")
    (tmp_path / "secret").write_text("secret")
    git_begun(folder.parent)
    return folder


def test_files_and_links_are_those_of_the_commit(repository: Path, tmp_path: Path) -> None:
    (repository / "deep" / "er" / "a.yaml").write_text("changed")
    folder = extract("HEAD", repository, tmp_path / "scratch")
    assert (folder / "b.yaml").read_text(encoding="utf-8") == "a: ä\n"
    assert (folder / "out.yaml").readlink() == Path("../../secret")


@pytest.mark.parametrize("revision", ["nope", "-h", "--output=x"])
def test_what_is_no_revision_is_said(repository: Path, tmp_path: Path, revision: str) -> None:
    with pytest.raises(NoRevision):
        extract(revision, repository, tmp_path / "scratch")


@pytest.mark.parametrize("name", ["../planted", "link/planted", "/tmp/planted-by-a-test"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    archive, into = BytesIO(), tmp_path / "into"
    into.mkdir()
    with tarfile.open(fileobj=archive, mode="w") as files:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, ".."
        files.addfile(link)
        files.addfile(tarfile.TarInfo(name))
    archive.seek(0)
    with tarfile.open(fileobj=archive) as files, pytest.raises(NoRevision, match="points outside the repository"):
        _write(files, into)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["into"]
