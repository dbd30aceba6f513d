"""Derives the definitions on record from the log of all revisions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions
from dataflows.definitions.fingerprint import digest
from governance.registration.registry.document import FORMAT, SECTIONS, InvalidRegistry, definitions_in, document_of
from governance.registration.registry.revision import RegistrationContext, Revision, Written


class LostRevisions(InvalidRegistry):
    """The log of revisions has lost its beginning."""


class RegistryMoved(HeadraceError):
    """Another process registered in between; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "the registry changed while the command was running; nothing was written: run the command again"
        )


class RegistryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One registered definition: the fingerprint is its own, `parent` is that of the entry it replaces.

    Without `written` it was removed.
    """

    key: str
    revision: int
    act: RegistrationContext
    written: Written | None
    fingerprint: str
    parent: str
    version: int

    @property
    def kind(self) -> str:
        """Returns `source`, `feature` or `set`."""
        return self.key.partition("/")[0]

    @property
    def name(self) -> str:
        """Returns the name of the definition."""
        return self.key.partition("/")[2]


class RegistryContent(msgspec.Struct, frozen=True, kw_only=True):
    """The registry: definitions, the entry of each by key, and all entries ever, the newest last.

    `fingerprint` and `revision` are those of the whole; "" and 0 if nothing was ever registered.
    """

    definitions: Definitions
    entries: Mapping[str, RegistryEntry]
    history: tuple[RegistryEntry, ...]
    fingerprint: str
    revision: int

    def changes_to(self, definitions: Definitions) -> dict[str, Written | None]:
        """Returns what to write so that exactly these definitions are on record."""
        wanted = documented(definitions)
        had = {key: entry.written for key, entry in self.entries.items()}
        changed = {key: written for key, written in wanted.items() if had.get(key) != written}
        return {**changed, **dict.fromkeys(had.keys() - wanted.keys())}


def documented(definitions: Definitions) -> dict[str, Written]:
    """Returns each definition as JSON, by key."""
    document = json.loads(document_of(definitions))
    sections = {kind: document[section] for kind, section in SECTIONS.items()}
    return {f"{kind}/{name}": written for kind, section in sections.items() for name, written in section.items()}


def counted(revisions: Sequence[Revision]) -> Iterator[Revision]:
    """Yields the valid revisions. Raises LostRevisions.

    A revision made for another state than the one it met lost a race, and is invalid.
    """
    number, fingerprint = 0, ""
    for revision in _from_the_beginning(revisions):
        if number == 0 or (revision.number, revision.parent) == (number + 1, fingerprint):
            number, fingerprint = revision.number, revision.fingerprint
            yield revision


def replayed(revisions: Sequence[Revision]) -> RegistryContent:
    """Returns the registry after all valid revisions. Raises LostRevisions."""
    newest: Revision | None = None
    entries, history = dict[str, RegistryEntry](), list[RegistryEntry]()
    for revision in counted(revisions):
        newest = revision
        history += _applied(revision, entries)
    return RegistryContent(
        definitions=_definitions(entries),
        entries=dict(sorted(entries.items())),
        history=tuple(history),
        fingerprint=newest.fingerprint if newest else "",
        revision=newest.number if newest else 0,
    )


def number_after(revisions: Sequence[Revision], parent: str, *, whole: bool) -> int:
    """Returns the number of the next revision, which is made for `parent`. Raises RegistryMoved and LostRevisions.

    A `whole` one replaces lost revisions.
    """
    try:
        registered = replayed(revisions)
    except LostRevisions:
        if not whole:
            raise
        return revisions[-1].number + 1
    if registered.fingerprint != parent:
        raise RegistryMoved
    return registered.revision + 1


def _from_the_beginning(revisions: Sequence[Revision]) -> Sequence[Revision]:
    """Returns the revisions from the first one on, or from one that holds the whole registry."""
    first = next(
        (
            number
            for number, revision in enumerate(revisions)
            if revision.whole or (revision.number, revision.parent) == (1, "")
        ),
        None,
    )
    if revisions and first is None:
        raise LostRevisions(
            f"the registry starts with revision {revisions[0].number}: earlier ones are lost; "
            "restore it, or import an export of it with `headrace registry import`"
        )
    return revisions[first or 0 :]


def _applied(revision: Revision, entries: dict[str, RegistryEntry]) -> list[RegistryEntry]:
    made = [_entry(revision, key, entries.get(key)) for key in sorted(revision.changes)]
    for entry in made:
        if entry.written is None:
            entries.pop(entry.key, None)
        else:
            entries[entry.key] = entry
    return made


def _entry(revision: Revision, key: str, before: RegistryEntry | None) -> RegistryEntry:
    written = revision.changes[key]
    return RegistryEntry(
        key=key,
        revision=revision.number,
        act=revision.act,
        written=written,
        fingerprint=_fingerprint(written),
        parent=before.fingerprint if before else "",
        version=_version(written, before),
    )


def _fingerprint(written: Written | None) -> str:
    """Returns the fingerprint of a feature's values; of the whole definition for others; "" if removed."""
    if written is None:
        return ""
    return str(written.get("fingerprint") or digest(written))


def _version(written: Written | None, before: RegistryEntry | None) -> int:
    """Returns the version; 0 for sources."""
    if written is None:
        return before.version if before else 0
    return int(written.get("version", 0))


def _definitions(entries: Mapping[str, RegistryEntry]) -> Definitions:
    sections: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS.values()}
    for entry in entries.values():
        if entry.kind not in SECTIONS:
            raise InvalidRegistry(
                f"the registry was written by a later version of Headrace: it holds {entry.key}, and this one knows "
                f"only {', '.join(SECTIONS)}; hint: install that version"
            )
        sections[SECTIONS[entry.kind]][entry.name] = entry.written
    return definitions_in(json.dumps({"headrace_registry": FORMAT, **sections}).encode())
