"""Exports a registry as a document and imports it again: definitions for comparing, revisions for restoring."""

import json
from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import Any

import msgspec

from connectors.errors import UNDECODABLE, HeadraceError
from governance.registration.registry.document import InvalidRegistry, definitions_in, document_of
from governance.registration.registry.registered import LostRevisions, RegistryContent, counted, documented, replayed
from governance.registration.registry.revision import RegistrationContext, Revision
from governance.registration.registry.store import Registry, Tell


class RegistryDiffers(HeadraceError):
    """The registry holds changes that the document does not have."""


class _Revisions(msgspec.Struct):
    revisions: list[Revision] = []


def exported(registry: Registry) -> bytes:
    """Returns the registry as a document, with every revision. Raises InvalidRegistry."""
    revisions = list(counted(registry.revisions()))
    document: dict[str, Any] = json.loads(document_of(replayed(revisions).definitions))
    document["revisions"] = msgspec.to_builtins(revisions)
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def recorded_in(payload: bytes) -> RegistryContent:
    """Returns the registry of an exported document; without revisions in it, only its definitions. Raises
    InvalidRegistry.

    >>> recorded_in(b'{"headrace_registry": 1, "sources": {}, "features": {}, "sets": {}}').history
    ()
    """
    definitions, revisions = definitions_in(payload), _revisions_in(payload)
    return msgspec.structs.replace(replayed(revisions), definitions=definitions)


def imported(registry: Registry, payload: bytes, act: RegistrationContext, tell: Tell) -> tuple[RegistryContent, int]:
    """Puts a document on record: the revisions that the registry lacks.

    Returns the new registry, and the number of written revisions. A document without revisions becomes one revision. A
    registry that lost its beginning starts over with the document. Raises InvalidRegistry and RegistryDiffers.
    """
    definitions, revisions = definitions_in(payload), _revisions_in(payload)
    with registry.hold(tell):
        try:
            before = registry.read()
        except LostRevisions:
            return _finished(registry, registry.write("", dict(documented(definitions)), act, whole=True)), 1
        if not revisions and (changes := before.changes_to(definitions)):
            _expect_empty(before)
            return _finished(registry, registry.write(before.fingerprint, changes, act)), 1
        missing = _after(before, revisions) if revisions else ()
        for revision in missing:
            registry.append(revision)
        return _finished(registry, registry.read()), len(missing)


def _finished(registry: Registry, registered: RegistryContent) -> RegistryContent:
    registry.complete()
    return registered


def _revisions_in(payload: bytes) -> list[Revision]:
    try:
        return list(counted(msgspec.json.decode(payload.removeprefix(BOM_UTF8), type=_Revisions).revisions))
    except UNDECODABLE as error:
        raise InvalidRegistry(f"the registry is damaged: {error!s:.200}") from error


def _after(before: RegistryContent, revisions: Sequence[Revision]) -> Sequence[Revision]:
    """Returns the revisions after the current one; none if the registry has moved on from them."""
    known = ["", *(revision.fingerprint for revision in revisions)]
    if before.fingerprint in known:
        return revisions[known.index(before.fingerprint) :]
    raise RegistryDiffers(
        f"the registry is at revision {before.revision}, which is not in the document's history; nothing was imported: "
        "register a checkout of the repository instead"
    )


def _expect_empty(before: RegistryContent) -> None:
    if before.revision:
        raise RegistryDiffers(
            f"the registry is at revision {before.revision} and contains other definitions; nothing was imported: "
            "register a checkout of the repository instead"
        )
