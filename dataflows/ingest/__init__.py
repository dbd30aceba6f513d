"""Payloads in, typed and projected columns out, partitioned by shard."""

from dataflows.ingest.batches import MOST_TOGETHER, Arrivals, together
from dataflows.ingest.decoder import Decoder, Events
from dataflows.ingest.event_limits import EventLimits
from dataflows.ingest.expression_failures import DerivedFailures
from dataflows.ingest.kept_texts import kept_columns
from dataflows.ingest.partitioner import Router, ShardBatch, Ticker, shard_key
from dataflows.ingest.projection import Evaluated, Evaluator
from dataflows.ingest.refusals import Reject
from dataflows.ingest.standard_json import plain

__all__ = [
    "MOST_TOGETHER",
    "Arrivals",
    "Decoder",
    "DerivedFailures",
    "Evaluated",
    "Evaluator",
    "EventLimits",
    "Events",
    "Reject",
    "Router",
    "ShardBatch",
    "Ticker",
    "kept_columns",
    "plain",
    "shard_key",
    "together",
]
