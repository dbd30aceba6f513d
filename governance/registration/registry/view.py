"""Derives the compacted topic: the newest state of each definition, and under `head` which of them are valid.

It is derived from the log of revisions, for readers that need no history. A reader that finds other definitions than
`head` names has met a writer in progress, and reads again.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from connectors.pulsar import LogMessage
from dataflows.definitions.fingerprint import digest
from governance.registration.registry.registered import RegistryContent

HEAD = "head"


class RegistryHead(msgspec.Struct, frozen=True, kw_only=True):
    """The revision of the definitions, and the digest of each by key."""

    revision: int
    fingerprint: str
    at: int
    by: str
    definitions: dict[str, str]


def missing_from(messages: Iterable[LogMessage], registered: RegistryContent) -> Iterator[LogMessage]:
    """Yields what to write, in this order, so that the topic shows the registry."""
    shown = _compacted(messages)
    wanted = _encoded_entries(registered)
    head = shown.pop(HEAD, None)
    yield from (LogMessage(key, None) for key in sorted(shown.keys() - wanted.keys()))
    yield from (LogMessage(key, payload) for key, payload in wanted.items() if shown.get(key) != payload)
    if head != (newest := _head(registered)):
        yield LogMessage(HEAD, newest)


def _compacted(messages: Iterable[LogMessage]) -> dict[str, bytes]:
    newest = {message.key: message.payload for message in messages}
    return {key: payload for key, payload in newest.items() if payload is not None}


def _encoded_entries(registered: RegistryContent) -> Mapping[str, bytes]:
    return {
        key: msgspec.json.encode(
            {
                **msgspec.to_builtins(entry.act),
                "revision": entry.revision,
                "version": entry.version,
                "fingerprint": entry.fingerprint,
                "parent": entry.parent,
                "definition": entry.written,
            }
        )
        for key, entry in registered.entries.items()
    }


def _head(registered: RegistryContent) -> bytes:
    newest = registered.history[-1].act
    return msgspec.json.encode(
        RegistryHead(
            revision=registered.revision,
            fingerprint=registered.fingerprint,
            at=newest.at,
            by=newest.by,
            definitions={key: digest(entry.written) for key, entry in registered.entries.items()},
        )
    )
