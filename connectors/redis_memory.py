"""Whether a Redis may throw away features by itself."""

import redis
from redis.exceptions import NoPermissionError

KEEPS = "noeviction"


def evicts(client: redis.Redis) -> str:
    """A sentence on a server that evicts keys when its memory is full; empty where it does not, or does not tell.

    INFO is asked, because CONFIG is forbidden on many servers. Raises redis.RedisError.
    """
    try:
        policy = client.info("memory").get("maxmemory_policy", KEEPS)
    except NoPermissionError:
        return ""
    if policy == KEEPS:
        return ""
    return (
        f"Redis has the maxmemory-policy {policy}: when its memory is full it deletes features without a word; "
        f"set it to {KEEPS} (redis-cli CONFIG SET maxmemory-policy {KEEPS}): then the dataflow waits for room instead"
    )
