"""Errors of the report store, and of what it holds."""

import msgspec

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Exceptions of a decoder of JSON or MessagePack: of another form or type, not UTF-8, nested too deeply."""


class StoreUrlError(ValueError):
    """Reports cannot be stored at this address."""


class StoreRefused(Exception):
    """A file could not be written, read or deleted, with its place and reason: full, denied, unreachable. No
    secrets."""
