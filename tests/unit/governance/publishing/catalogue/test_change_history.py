"""Tests the history of definitions against git itself: one file at a time, renames followed."""

from pathlib import Path

import pytest

from dataflows.definitions import load
from governance.publishing.catalogue import git_history
from governance.publishing.catalogue.change_history import MOST
from serving.catalogue import definition_texts
from tests.support.factories.definitions import by_hand, write
from tests.support.programs.git_checkout import git

COUNT = {"source": "orders", "aggregation": "count", "value_type": "INT64", "window": "1h"}


def commit(folder: Path, subject: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", subject, author="Zoë <z>")


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """Creates a folder of definitions below the root of a repository, with two changes, a rename and a change after
    it."""
    specs = tmp_path / "repository" / "some folder" / "specs"
    by_hand(specs, n=COUNT, other=COUNT)
    git(tmp_path / "repository", "init", "-q")
    commit(specs, "first | with\tsigns")
    edit(specs / "user" / "n.yaml", "1h", "2h")
    commit(specs, "second")
    git(specs, "mv", "user/n.yaml", "user/ünder.yaml")
    commit(specs, "renamed")
    edit(specs / "user" / "ünder.yaml", "2h", "3h")
    commit(specs, "third")
    (tmp_path / "repository" / "unrelated").write_text("x")
    commit(tmp_path / "repository", "unrelated")
    return specs


def edit(file: Path, before: str, after: str) -> None:
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def test_changes_are_followed_through_renames(specs: Path) -> None:
    history = git_history(definition_texts(specs), specs)
    assert [note.subject for note in history("feature", "n")] == ["third", "renamed", "second", "first | with\tsigns"]
    assert [note.subject for note in history("feature", "other")] == ["first | with\tsigns"]
    assert [note.subject for note in history("source", "orders")] == ["first | with\tsigns"]
    log = git(specs, "log", "--follow", "--format=%H %as", "--", "user/ünder.yaml").split()
    assert [note.commit for note in history("feature", "n")] == [commit[:10] for commit in log[::2]]
    assert {note.day for note in history("feature", "n")} == {*log[1::2]}
    assert history("feature", "n")[0].author == "Zoë z"


def test_a_long_history_is_cut(specs: Path) -> None:
    for number in range(MOST + 5):
        edit(specs / "user" / "other.yaml", f"{number + 1}h", f"{number + 2}h")
        commit(specs, f"change {number}")
    notes = git_history(definition_texts(specs), specs)("feature", "other")
    assert [note.subject for note in notes] == [f"change {number}" for number in range(MOST + 4, 4, -1)]


def test_without_a_repository_there_is_no_history(tmp_path: Path) -> None:
    by_hand(tmp_path, n=COUNT)
    assert git_history(definition_texts(tmp_path), tmp_path)("feature", "n") == ()


def test_without_git_or_a_commit_there_is_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand(tmp_path, n=COUNT)
    git(tmp_path, "init", "-q")
    texts = definition_texts(tmp_path)
    assert git_history(texts, tmp_path)("feature", "n") == ()
    monkeypatch.setenv("PATH", "")
    assert git_history(texts, tmp_path)("feature", "n") == ()


def test_a_definition_that_is_not_committed_yet_has_none(specs: Path) -> None:
    write(specs / "user" / "new.yaml", {**_written(specs), "feature_name": "new"})
    load(specs)
    assert git_history(definition_texts(specs), specs)("feature", "new") == ()


def _written(specs: Path) -> dict[str, object]:
    (feature,) = (feature for feature in load(specs).features if feature.feature_name == "other")
    return {
        **COUNT,
        **{key: getattr(feature, key) for key in ("version", "owner", "description", "entity_id", "topic_name")},
    }
