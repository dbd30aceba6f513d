"""Redis connector: the online store, its client and its embedded server."""

from connectors.redis.client import connect, entity_key, fields_of, text_of
from connectors.redis.embedded_server import EmbeddedRedisError
from connectors.redis.hash_writes import HashWrites, JsonFields, StoreItem
from connectors.redis.heartbeat import Beat, Beating, HeartbeatSink, Published, heartbeat_key
from connectors.redis.lease import Lease, PrefixTaken, Tenant, refusal, tenant_of
from connectors.redis.loss_detector import Started, StoreLossDetector, StoreLost
from connectors.redis.memory import evicts, full
from connectors.redis.run_troubles import Troubles, leave_troubles, troubles_in, troubles_key
from connectors.redis.sink import RedisSink
from connectors.redis.tenancy import Tenancy

__all__ = [
    "Beat",
    "Beating",
    "EmbeddedRedisError",
    "HashWrites",
    "HeartbeatSink",
    "JsonFields",
    "Lease",
    "PrefixTaken",
    "Published",
    "RedisSink",
    "Started",
    "StoreItem",
    "StoreLossDetector",
    "StoreLost",
    "Tenancy",
    "Tenant",
    "Troubles",
    "connect",
    "entity_key",
    "evicts",
    "fields_of",
    "full",
    "heartbeat_key",
    "leave_troubles",
    "refusal",
    "tenant_of",
    "text_of",
    "troubles_in",
    "troubles_key",
]
