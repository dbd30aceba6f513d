"""Reads a partition that has an end, outside of a dataflow."""

import time
from collections.abc import Iterator

from bytewax.inputs import FixedPartitionedSource

from connectors.messages import RawBatch, Stopped

_IDLE_S = 0.005  # before an input that has nothing yet is asked again


def bounded_batches(source: FixedPartitionedSource[RawBatch, bytes], name: str, purpose: str) -> Iterator[RawBatch]:
    """All batches of a partition; `purpose` says in an error what it is read for.

    Raises Stopped where the source is told to stop, and what it raises.
    """
    part, ended = source.build_part("bounded", name, None), False
    try:
        while not ended:
            try:
                batches = list(part.next_batch())
            except StopIteration:
                raise Stopped(f"{name}: stopped before {purpose}") from None
            yield from batches
            ended = bool(batches) and batches[-1].ended
            part.snapshot()  # ends an epoch, in which only so many messages are read
            if not batches:
                time.sleep(_IDLE_S)
    finally:
        part.close()
