"""`dataflows.features` where the smallest shard is kept in increments, on a base that is often renewed.

>>> # python -m bytewax.run tests.incremental_flow
"""

from dataflows import bases, checkpoints

checkpoints.SMALL, checkpoints.TURMOIL, checkpoints.CALM, bases.PAUSE = 0, 2.0, 2.0, 0

from dataflows.features import flow  # noqa: E402 - what it imports is to see the above

__all__ = ["flow"]
