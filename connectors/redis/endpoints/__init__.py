"""Sources and sinks of a dataflow on Redis: guarded writes, heartbeats, the detection of a lost store."""

from connectors.redis.endpoints.hash_writes import HashWrites, JsonFields, StoreItem
from connectors.redis.endpoints.heartbeat import Heartbeat, HeartbeatSink, HeartbeatSource, NewestPublishTime
from connectors.redis.endpoints.loss_detector import FirstItem, StoreLossDetector, StoreLost
from connectors.redis.endpoints.sink import RedisSink

__all__ = [
    "FirstItem",
    "HashWrites",
    "Heartbeat",
    "HeartbeatSink",
    "HeartbeatSource",
    "JsonFields",
    "NewestPublishTime",
    "RedisSink",
    "StoreItem",
    "StoreLossDetector",
    "StoreLost",
]
