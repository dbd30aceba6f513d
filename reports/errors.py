"""Errors of the report store."""


class StoreUrlError(ValueError):
    """Reports cannot be stored at this address."""


class StoreRefused(Exception):
    """A file could not be written, read or deleted, with its place and reason: full, denied, unreachable. No
    secrets."""
