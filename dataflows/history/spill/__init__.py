"""Cuts events of history by shard and spills them to files."""

from dataflows.history.spill.lateness import Lateness
from dataflows.history.spill.observed_events import EventObserver, ObservedEvents
from dataflows.history.spill.question_ids import QuestionIds, question_ids
from dataflows.history.spill.question_partitioner import QuestionPartitioner
from dataflows.history.spill.readings import Reading, place_of, readings_of
from dataflows.history.spill.resumed_source import ResumedSource
from dataflows.history.spill.sample_files import SampleFiles
from dataflows.history.spill.shard_events import ShardEvents, newest_event, parts_of_shards, read_shards, shard_starts
from dataflows.history.spill.sharding import shards_of
from dataflows.history.spill.sink import SpillFolder, SpillKeys, SpillSink, observed_events, samples_of, write_spilled
from dataflows.history.spill.spilled_batch import SpilledBatch, SpillPartitioner, arrow_of
from dataflows.history.spill.spilled_read import Cutter, SpillCutter, SpilledRead, readings_after

__all__ = [
    "Cutter",
    "EventObserver",
    "Lateness",
    "ObservedEvents",
    "QuestionIds",
    "QuestionPartitioner",
    "Reading",
    "ResumedSource",
    "SampleFiles",
    "ShardEvents",
    "SpillCutter",
    "SpillFolder",
    "SpillKeys",
    "SpillPartitioner",
    "SpillSink",
    "SpilledBatch",
    "SpilledRead",
    "arrow_of",
    "newest_event",
    "observed_events",
    "parts_of_shards",
    "place_of",
    "question_ids",
    "read_shards",
    "readings_after",
    "readings_of",
    "samples_of",
    "shard_starts",
    "shards_of",
    "write_spilled",
]
