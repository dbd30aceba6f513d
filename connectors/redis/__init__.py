"""Redis connector: the client of the online store, its tenancy and its embedded server.

The sources and sinks of a dataflow are in `connectors.redis.endpoints`, so that a command that only reads loads neither
the engine nor the kernels.
"""

from connectors.redis.client import connect, entity_key, fields_of, heartbeat_key, text_of
from connectors.redis.embedded_server import EmbeddedRedisError
from connectors.redis.lease import Lease, PrefixTaken, Tenant, refusal, tenant_of
from connectors.redis.memory import evicts, full
from connectors.redis.run_troubles import Troubles, leave_troubles, troubles_in, troubles_key
from connectors.redis.tenancy import Tenancy

__all__ = [
    "EmbeddedRedisError",
    "Lease",
    "PrefixTaken",
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
