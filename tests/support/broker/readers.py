"""Reads sources to the end in tests, with a deadline instead of a hang."""

import time
from collections.abc import Iterator

from connectors.messages import RawBatch
from connectors.pulsar import PulsarSource
from connectors.pulsar.partition_reader import PulsarPartition


def batches(partition: PulsarPartition, seconds: float = 150) -> Iterator[RawBatch]:
    """Yields batches until StopIteration; fails after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            batch = partition.next_batch()
        except StopIteration:
            return
        yield from batch
        if not batch:
            time.sleep(0.001)
    raise AssertionError(f"the source did not end within {seconds} s")


def take(partition: PulsarPartition, rows: int, seconds: float = 150) -> list[bytes]:
    """Returns at least `rows` payloads."""
    payloads: list[bytes] = []
    for batch in batches(partition, seconds):
        payloads += batch.payloads
        if len(payloads) >= rows:
            return payloads
    raise AssertionError(f"{len(payloads)} of {rows} payloads before the end")


def everything(source: PulsarSource) -> dict[str, list[bytes]]:
    """Returns all payloads of a bounded source by partition."""
    return {name: _all_of(source.build_part("read", name, None)) for name in source.list_parts()}


def _all_of(partition: PulsarPartition) -> list[bytes]:
    try:
        return [payload for batch in batches(partition) for payload in batch.payloads]
    finally:
        partition.close()
