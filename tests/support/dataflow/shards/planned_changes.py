"""Compares what a plan reports of a change with the features that a shard really restarts."""

from dataflows.definitions import Definitions
from governance.changes.planning import Change, Plan
from tests.support.dataflow.shards.live_shard import BEGUN, LiveShards


def change_of(made: Plan, name: str) -> Change:
    return next(change for change in made.changes if change.name == name)


def starting_over(before: Definitions, after: Definitions) -> set[str]:
    """Returns the aggregated features that start over in a shard when its definitions change."""
    live = LiveShards()
    snapshot = live.shard(before, begun=1).snapshot()
    since = live.shard(after, snapshot, begun=BEGUN).logic.tiles.layout.since
    return {name for name, begun in since.items() if begun == BEGUN}
