"""Identifies the place where a job of history reads and writes: a job with another place is another job."""

from dataclasses import asdict
from urllib.parse import urlsplit

from dataflows.runtime.options import event_limits
from dataflows.runtime.settings import Settings


def job_place(settings: Settings, *, store: bool) -> dict[str, object]:
    """Returns broker, archive, limits of events, and with `store` the online store, all without passwords."""
    read = {"pulsar": _server(settings.pulsar_url), "archive": settings.archive, **asdict(event_limits(settings))}
    return read | {"redis": [_server(settings.redis_address), settings.redis_prefix]} if store else read


def _server(url: str | None) -> list[str] | None:
    """Returns an address without user and password.

    >>> _server("rediss://me:canary@redis:6379/1")
    ['redis:6379', '/1']
    """
    if url is None:
        return None
    parts = urlsplit(url)
    return [parts.netloc.rpartition("@")[2], parts.path]
