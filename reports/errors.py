"""What can go wrong with the store of reports."""


class StoreUrlError(ValueError):
    """An address that reports cannot be kept at."""


class StoreRefused(Exception):
    """What could not be written, read or deleted, and where: full, not allowed, not reachable. No secrets."""
