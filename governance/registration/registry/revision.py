"""A revision of the registry: what one registering changes, and the number that it has in the log of all."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dataflows.definitions.fingerprint import digest

Written = Mapping[str, Any]
"""A definition as JSON has it."""
Changes = Mapping[str, Written | None]
"""What is written by key, such as `feature/user_spend_1h`; None takes it away."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Who registers what is registered, when (ms), at which commit and for what reason."""

    by: str
    at: int
    commit: str = ""
    reason: str = ""


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One registering. `parent` is the fingerprint of the registry that it was made for.

    One that is `whole` holds all that is on record, and begins anew where earlier ones are lost.
    """

    number: int
    parent: str
    act: Act
    changes: dict[str, dict[str, Any] | None]
    whole: bool = False

    @property
    def fingerprint(self) -> str:
        """That of the registry after it."""
        return digest([self.parent, self.number, msgspec.to_builtins(self.act), self.changes, self.whole])


def encoded(revision: Revision) -> bytes:
    """A revision as JSON."""
    return msgspec.json.encode(revision)


def decoded(payload: bytes) -> Revision:
    """A revision from JSON. Raises msgspec.DecodeError."""
    return msgspec.json.decode(payload, type=Revision)
