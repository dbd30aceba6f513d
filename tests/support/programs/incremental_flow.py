"""Runs `dataflows.features` with shards in increments: `python -m bytewax.run
tests.support.programs.incremental_flow`."""

from dataflows.features import flow
from tests.support.dataflow.shards.incremental_snapshots import EAGER

__all__ = ["flow"]

for module, name, value in EAGER:
    setattr(module, name, value)
