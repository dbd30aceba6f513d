"""Reads a partition to its end, outside of a dataflow."""

import time
from collections.abc import Iterator

from bytewax.inputs import FixedPartitionedSource

from connectors.messages import RawBatch, RunStopped

_IDLE_S = 0.005  # pause before polling an idle input again


def bounded_batches(source: FixedPartitionedSource[RawBatch, bytes], name: str, purpose: str) -> Iterator[RawBatch]:
    """Yields all batches of a partition; errors name the `purpose` of reading it.

    Raises RunStopped if the source is stopped, and the errors of the source.
    """
    part, ended = source.build_part("bounded", name, None), False
    try:
        while not ended:
            try:
                batches = list(part.next_batch())
            except StopIteration:
                raise RunStopped(f"{name}: stopped before {purpose}") from None
            yield from batches
            ended = bool(batches) and batches[-1].ended
            part.snapshot()  # ends an epoch, which limits the number of messages read
            if not batches:
                time.sleep(_IDLE_S)
    finally:
        part.close()
