"""Holds the lease of a Redis prefix, and deletes rows of removed entity types."""

import logging
from collections.abc import Iterable

import redis
from redis.exceptions import NoPermissionError

from connectors.redis.lease import Lease, Tenant, lease_key
from connectors.redis.removed_types import RemovedTypes

log = logging.getLogger(__name__)


class Tenancy:
    """Kept once a second by the store's watch. Raises PrefixTaken and redis.RedisError."""

    def __init__(self, client: redis.Redis, prefix: str, tenant: Tenant, types: Iterable[str]) -> None:
        self._lease = Lease(client, prefix, tenant)
        self._removed = RemovedTypes(client, prefix, types)
        self._key, self._allowed = lease_key(prefix), True

    def keep(self) -> None:
        """Renews the lease, and removes some rows of former entity types."""
        if not self._allowed:
            return
        try:
            self._lease.renew()
        except NoPermissionError as refused:
            self._allowed = False
            log.warning(
                "a second deployment under this Redis prefix would go unnoticed: the Redis user may not write %s (%s)",
                self._key,
                refused,
            )
            return
        self._removed.step()

    def end(self) -> None:
        """Releases the lease; with an unavailable Redis it expires by itself."""
        try:
            self._lease.release()
        except redis.RedisError as away:
            log.info("cannot release the lease of the Redis prefix, which expires by itself: %s", away)
