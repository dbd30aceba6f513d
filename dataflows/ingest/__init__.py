"""Turns payloads into typed and projected columns, partitioned by shard."""

from dataflows.ingest.batches import MOST_TOGETHER, MergedBatch, coalesce
from dataflows.ingest.decoding.decoder import Decoder, EventBatch
from dataflows.ingest.decoding.refusals import RejectedEvent
from dataflows.ingest.decoding.standard_json import plain
from dataflows.ingest.decoding.typed_events import EventTyping
from dataflows.ingest.event_limits import EventLimits
from dataflows.ingest.expression_failures import DerivedFailures
from dataflows.ingest.partitioner import (
    Partitioner,
    ShardBatch,
    WatermarkBroadcast,
    picked_texts,
    shard_key,
)
from dataflows.ingest.projection import ProjectedBatch, Projection
from dataflows.ingest.state_texts import kept_columns
from dataflows.ingest.time_order import in_time_order, split_at

__all__ = [
    "MOST_TOGETHER",
    "Decoder",
    "DerivedFailures",
    "EventBatch",
    "EventLimits",
    "EventTyping",
    "MergedBatch",
    "Partitioner",
    "ProjectedBatch",
    "Projection",
    "RejectedEvent",
    "ShardBatch",
    "WatermarkBroadcast",
    "coalesce",
    "in_time_order",
    "kept_columns",
    "picked_texts",
    "plain",
    "shard_key",
    "split_at",
]
