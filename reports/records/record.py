"""What every record is: one JSON object."""

from typing import TypeVar

import msgspec

R = TypeVar("R", bound="Record")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One JSON object; unknown fields of a newer version are passed over."""

    def encode(self) -> bytes:
        """As JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls: type[R], payload: bytes | str) -> R:
        """From JSON. Raises msgspec.DecodeError."""
        return msgspec.json.decode(payload, type=cls)
