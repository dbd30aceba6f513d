"""Reads who changed a definition, when and why, from the registry, and from git for definitions unknown to it."""

from collections.abc import Iterator

from governance.publishing.catalogue.change_history import MOST, ChangeHistory, RevisionNote
from governance.registration.registry import RegistryContent, RegistryEntry
from reports.moments import instant
from serving.catalogue import EntryKind

_DIGITS = 10  # of a commit


def registry_history(registered: RegistryContent, otherwise: ChangeHistory) -> ChangeHistory:
    """Returns the history of definitions in a registry, the newest first; `otherwise` covers those it never had."""
    entries = dict[tuple[str, str], list[RegistryEntry]]()
    for entry in reversed(registered.history):
        entries.setdefault((entry.kind, entry.name), []).append(entry)

    def history_of(kind: EntryKind, name: str) -> tuple[RevisionNote, ...]:
        newest = entries.get((kind, name), [])[:MOST]
        return tuple(map(_note, newest)) if newest else tuple(otherwise(kind, name))

    return history_of


def _note(entry: RegistryEntry) -> RevisionNote:
    commit, dash, dirty = entry.act.commit.partition("-")
    return RevisionNote(
        day=instant(entry.act.at)[: len("2026-01-01")],
        author=entry.act.by,
        subject=": ".join(_words(entry)),
        commit=f"{commit[:_DIGITS]}{dash}{dirty}",
        recorded=f"registry, revision {entry.revision}",
    )


def _words(entry: RegistryEntry) -> Iterator[str]:
    """Yields what was done, and the reason if given."""
    if entry.written is None:
        yield "removed"
    else:
        version = f", version {entry.version}" if entry.version else ""
        yield f"{'changed' if entry.parent else 'added'}{version}"
    if entry.act.reason:
        yield entry.act.reason
