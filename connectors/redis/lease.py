"""Allows one deployment per prefix: a key in Redis that its run renews, and that no other run may take while it lives.

Two deployments under one prefix would delete each other's features. Times are Redis' own (a key that expires), so that
the clocks of hosts do not matter. A killed run leaves its lease behind: the same deployment takes it at once, another
one on the same machine once that process is dead, one elsewhere when the lease has expired.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import redis

from connectors.errors import UNDECODABLE, ExitCode, HeadraceError
from connectors.process_identity import ProcessIdentity

log = logging.getLogger(__name__)

LEASE_MS = 15_000
_LIVE_S = 3.0  # a living holder renews within this time
_LOOK_S = 0.1

_TAKE = """
local found = redis.call('GET', KEYS[1]) or ''
if found ~= '' and found ~= ARGV[1] then return found end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return ARGV[2]
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class PrefixTaken(HeadraceError):
    """Another deployment holds the prefix; the message identifies it and gives a hint."""

    exit_code = ExitCode.SERVICE


@dataclass(frozen=True, slots=True)
class Tenant:
    """The holder of a prefix: a deployment, one run of it (shared by its processes), its definitions, a process, a
    time."""

    deployment: str
    run: str
    definitions: str
    process: ProcessIdentity
    since: str

    def __str__(self) -> str:
        return (
            f"process {self.process.pid} on {self.process.host} with definitions {self.definitions}, since {self.since}"
        )


def lease_key(prefix: str) -> str:
    """
    >>> lease_key("headrace")
    'headrace:lease'
    """
    return f"{prefix}:lease"


class Lease:
    """The lease of a prefix for one tenant. Its methods raise PrefixTaken, and redis.RedisError."""

    def __init__(self, client: redis.Redis, prefix: str, tenant: Tenant, *, lease_ms: int = LEASE_MS) -> None:
        self._client, self._prefix, self._tenant, self._lease_ms = client, prefix, tenant, lease_ms
        self._key, self._own = lease_key(prefix), msgspec.json.encode(tenant)
        self._is_held = False

    def take(self, stopping: Callable[[], bool], sleep: Callable[[float], None] = time.sleep) -> None:
        """Takes the lease before a run; waits for an abandoned lease to expire."""
        begun, warned = time.monotonic(), False
        while (holder := self._refused()) and not stopping():
            observed = time.monotonic() - begun > _LIVE_S
            if self._is_here(holder) or (observed and self._is_fresh()):
                raise PrefixTaken(refusal(self._prefix, holder))
            if observed and not warned:
                log.warning("waiting for the lease of Redis prefix %s to expire; held by %s", self._prefix, holder)
            warned = observed
            sleep(_LOOK_S)

    def renew(self) -> None:
        """Renews the lease, even if Redis has lost it."""
        if holder := self._refused():
            raise PrefixTaken(refusal(self._prefix, holder))

    def release(self) -> None:
        """Releases the lease if this run still holds it."""
        self._client.eval(_RELEASE, 1, self._key, self._own)
        self._is_held = False

    def _refused(self) -> Tenant | None:
        """Takes the lease, or returns its holder. If the value changed meanwhile, reads it again."""
        value = self._put(self._own)
        while value != self._own:
            holder = _tenant(value)
            if holder is not None and not self._may_follow(holder):
                return holder
            value = self._put(value)
        self._is_held = True
        return None

    def _put(self, expected: bytes) -> bytes:
        """Replaces the expected value with this run's; returns the value that the key then holds."""
        value: Any = self._client.eval(_TAKE, 1, self._key, expected, self._own, self._lease_ms)
        return value if isinstance(value, bytes) else str(value).encode()

    def _may_follow(self, holder: Tenant) -> bool:
        """Returns whether this run may replace the holder: a later run of its deployment, or after the death of its
        process."""
        if holder.run == self._tenant.run or holder.process == self._tenant.process or holder.process.is_dead:
            return True
        return not self._is_held and not self._is_here(holder) and holder.deployment == self._tenant.deployment

    def _is_here(self, holder: Tenant) -> bool:
        """Returns whether the holder is on this machine and therefore alive, because a dead one would be known."""
        return holder.process.place == self._tenant.process.place != ""

    def _is_fresh(self) -> bool:
        """Returns whether the lease was renewed a moment ago."""
        return int(self._client.pttl(self._key)) > self._lease_ms - _LIVE_S * 1000


def tenant_of(client: redis.Redis, prefix: str) -> Tenant | None:
    """Returns the holder of a prefix; None if there is none or it is known to be dead. Raises redis.RedisError."""
    value: Any = client.get(lease_key(prefix)) or b""
    holder = _tenant(value if isinstance(value, bytes) else str(value).encode())
    return None if holder is None or holder.process.is_dead else holder


def refusal(prefix: str, holder: Tenant) -> str:
    """Words why no run is possible under this prefix."""
    return (
        f"Redis prefix {prefix!r} is in use by another deployment: {holder}; two under one prefix delete each other's "
        "features. Stop that one, or give this one a prefix of its own: HEADRACE_REDIS_PREFIX=..."
    )


def _tenant(value: bytes) -> Tenant | None:
    """Decodes a lease; None for a missing or unreadable one."""
    try:
        return msgspec.json.decode(value, type=Tenant)
    except UNDECODABLE:
        return None
