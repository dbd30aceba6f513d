"""The same features over the past: replays, and the values of entities at given times."""

from dataflows.history.bounded import bounded_flow
from dataflows.history.job import Job
from dataflows.history.replay import Execution, RowsAsked, answer, execution_of, replay
from dataflows.history.spill import shards_of

__all__ = ["Execution", "Job", "RowsAsked", "answer", "bounded_flow", "execution_of", "replay", "shards_of"]
