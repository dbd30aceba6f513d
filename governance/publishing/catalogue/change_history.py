"""Reads who changed a definition, when and why, from git, with one call for all files."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from governance.git_output import git_output
from serving.catalogue import DefinitionText, DefinitionTexts, EntryKind

MOST = 20
"""Most changes of a definition that are shown, the newest first."""
_RECORD, _FIELD = "\x1e", "\x1f"
_FORMAT = f"--format={_RECORD}%H{_FIELD}%an{_FIELD}%as{_FIELD}%s"


@dataclass(frozen=True, slots=True)
class RevisionNote:
    """One change: the day, its author, its subject, the beginning of its commit, and where it is recorded."""

    day: str
    author: str
    subject: str
    commit: str
    recorded: str = "git"


ChangeHistory = Callable[[EntryKind, str], Sequence[RevisionNote]]
"""Returns the changes of a definition, the newest first: from git, or from another record."""


def git_history(texts: DefinitionTexts, folder: Path) -> ChangeHistory:
    """Returns the history of the files of definitions; empty outside a git repository."""
    root = _root(folder)
    if root is None:
        return lambda kind, name: ()
    places = {text.file.resolve().relative_to(root).as_posix(): key for key, text in _inside(texts, root)}
    notes = _commits_by_definition(_commits(root, folder), places)
    return lambda kind, name: notes.get((kind, name), ())


def _inside(texts: DefinitionTexts, root: Path) -> Iterator[tuple[tuple[EntryKind, str], DefinitionText]]:
    for key, text in texts.items():
        if text.file.resolve().is_relative_to(root):
            yield key, text


def _commits_by_definition(
    commits: Iterable[tuple[RevisionNote, list[list[str]]]], places: Mapping[str, tuple[EntryKind, str]]
) -> Mapping[tuple[EntryKind, str], Sequence[RevisionNote]]:
    """Collects the commits of each definition from the newest to the oldest, following renames of its file."""
    known, notes = dict(places), dict[tuple[EntryKind, str], list[RevisionNote]]()
    for note, changes in commits:
        for _, *paths in changes:
            key = known.get(paths[-1])
            if key is None:
                continue
            if len(paths) == 2:
                known[paths[0]] = known.pop(paths[1])
            if len(own := notes.setdefault(key, [])) < MOST:
                own.append(note)
    return notes


def _commits(root: Path, folder: Path) -> Iterator[tuple[RevisionNote, list[list[str]]]]:
    """Yields each commit that changed files of the folder, with its changes: a letter and a path, or both paths of a
    rename."""
    inside = folder.resolve().relative_to(root).as_posix()
    log = git_output(root, "-c", "core.quotePath=false", "log", _FORMAT, "--name-status", "-M", "--", inside)
    for record in (log or "").split(_RECORD)[1:]:
        head, _, changes = record.partition("\n")
        commit, author, day, subject = head.split(_FIELD, 3)
        yield (
            RevisionNote(day, author, subject, commit[:10]),
            [line.split("\t") for line in changes.splitlines() if "\t" in line],
        )


def _root(folder: Path) -> Path | None:
    answer = git_output(folder, "rev-parse", "--show-toplevel")
    return Path(answer.strip()).resolve() if answer else None
