"""Problems of a live run and its services, written to Redis for readers of features.

It runs out by itself when the run is no more: then the heartbeat tells that.
"""

import msgspec
import redis

LEFT_MS = 60_000
"""How long a note holds unless it is renewed."""


def troubles_key(prefix: str) -> str:
    """
    >>> troubles_key("headrace")
    'headrace:_troubles'
    """
    return f"{prefix}:_troubles"


class Troubles(msgspec.Struct, frozen=True):
    """Sentences: one for each trouble of a topic, and one while Redis may delete features by itself."""

    topics: list[str] = []
    redis: str = ""

    @property
    def all(self) -> list[str]:
        """Every sentence."""
        return [*self.topics, *filter(None, [self.redis])]


def leave_troubles(client: redis.Redis, prefix: str, troubles: Troubles) -> None:
    """Says what holds now; without any the key goes. Raises redis.RedisError."""
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
    except (msgspec.DecodeError, UnicodeError):
        return Troubles()
