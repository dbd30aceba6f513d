"""Problems of a live run and its services, written to Redis for readers of features.

A note expires by itself when the run is dead: then the heartbeat tells.
"""

import msgspec
import redis

from connectors.errors import UNDECODABLE

LEFT_MS = 60_000
"""How long a note is valid unless it is renewed."""


def troubles_key(prefix: str) -> str:
    """
    >>> troubles_key("headrace")
    'headrace:_troubles'
    """
    return f"{prefix}:_troubles"


class Troubles(msgspec.Struct, frozen=True):
    """One sentence per trouble of a topic, and one while Redis may evict features."""

    topics: list[str] = []
    redis: str = ""

    @property
    def all(self) -> list[str]:
        """Returns every sentence."""
        return [*self.topics, *filter(None, [self.redis])]


def leave_troubles(client: redis.Redis, prefix: str, troubles: Troubles) -> None:
    """Writes the current troubles; deletes the key if there are none. Raises redis.RedisError."""
    if troubles.all:
        client.set(troubles_key(prefix), msgspec.json.encode(troubles), px=LEFT_MS)
    else:
        client.delete(troubles_key(prefix))


def troubles_in(value: object) -> Troubles:
    """Decodes a note; empty for one that cannot be read.

    >>> troubles_in(b'{"topics": ["t is gone"]}').all, troubles_in(b"{").all, troubles_in(None).all
    (['t is gone'], [], [])
    """
    try:
        return msgspec.json.decode(value, type=Troubles) if isinstance(value, bytes) else Troubles()
    except UNDECODABLE:
        return Troubles()
