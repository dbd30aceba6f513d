"""Base of all records: one JSON object."""

from typing import TypeVar

import msgspec

R = TypeVar("R", bound="Record")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One JSON object; ignores unknown fields of a newer version."""

    def encode(self) -> bytes:
        """Encodes the record as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls: type[R], payload: bytes | str) -> R:
        """Decodes a record from JSON. Raises msgspec.DecodeError."""
        return msgspec.json.decode(payload, type=cls)
