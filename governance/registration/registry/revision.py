"""Models a revision of the registry: the changes of one registration, and its number in the log."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dataflows.definitions.fingerprint import digest

Written = Mapping[str, Any]
"""A definition as JSON."""
Changes = Mapping[str, Written | None]
"""Definitions to write by key, such as `feature/user_spend_1h`; None removes one."""


class RegistrationContext(msgspec.Struct, frozen=True, kw_only=True):
    """The author, time (ms), commit and reason of a registration."""

    by: str
    at: int
    commit: str = ""
    reason: str = ""


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One registration. `parent` is the fingerprint of the registry that it was made for.

    A `whole` revision holds the whole registry, and starts over where earlier ones are lost.
    """

    number: int
    parent: str
    act: RegistrationContext
    changes: dict[str, dict[str, Any] | None]
    whole: bool = False

    @property
    def fingerprint(self) -> str:
        """Returns the fingerprint of the registry after it."""
        return digest([self.parent, self.number, msgspec.to_builtins(self.act), self.changes, self.whole])


def encoded(revision: Revision) -> bytes:
    """Encodes a revision as JSON."""
    return msgspec.json.encode(revision)


def decoded(payload: bytes) -> Revision:
    """Decodes a revision from JSON. Raises msgspec.DecodeError."""
    return msgspec.json.decode(payload, type=Revision)
