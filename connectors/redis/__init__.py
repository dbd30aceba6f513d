"""Redis connector: the online store, its client and its embedded server."""

from connectors.redis.client import connect, entity_key, fields_of, text_of
from connectors.redis.embedded_server import EmbeddedRedisError
from connectors.redis.hash_writes import HashWrites, JsonFields, StoreItem
from connectors.redis.heartbeat import Heartbeat, HeartbeatSink, HeartbeatSource, NewestPublishTime, heartbeat_key
from connectors.redis.lease import Lease, PrefixTaken, Tenant, refusal, tenant_of
from connectors.redis.loss_detector import FirstItem, StoreLossDetector, StoreLost
from connectors.redis.memory import evicts, full
from connectors.redis.run_troubles import Troubles, leave_troubles, troubles_in, troubles_key
from connectors.redis.sink import RedisSink
from connectors.redis.tenancy import Tenancy

__all__ = [
    "EmbeddedRedisError",
    "FirstItem",
    "HashWrites",
    "Heartbeat",
    "HeartbeatSink",
    "HeartbeatSource",
    "JsonFields",
    "Lease",
    "NewestPublishTime",
    "PrefixTaken",
    "RedisSink",
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
