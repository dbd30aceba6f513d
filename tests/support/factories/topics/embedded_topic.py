"""One embedded topic in a folder: writes rows to it, and reads it to its end."""

from pathlib import Path

from connectors.embedded.topics import LogSource, TopicRetention, append
from connectors.messages import RawBatch

TOPIC = "persistent://public/default/events"
ONE = TopicRetention(partitions=1)
SMALL = TopicRetention(partitions=1, segment_bytes=1_000)


def clock() -> int:
    return 1_700_000_000_000


def never() -> bool:
    return False


def payloads(count: int, start: int = 0) -> list[bytes]:
    return [b'{"n":%d}' % number for number in range(start, start + count)]


def put(root: Path, payloads: list[bytes], keeping: TopicRetention = ONE) -> None:
    append(root, TOPIC, ["k"] * len(payloads), payloads, clock, keeping=keeping)


def source(root: Path, bounded: bool = True, batch_rows: int = 10_000, rows_per_epoch: int = 200_000) -> LogSource:
    return LogSource(
        root,
        TOPIC,
        stopping=never,
        clock=clock,
        bounded=bounded,
        batch_rows=batch_rows,
        rows_per_epoch=rows_per_epoch,
        keeping=ONE,
    )


def everything(source: LogSource, part: str = "0", resume: bytes | None = None) -> list[RawBatch]:
    partition, batches = source.build_part("in", part, resume), list[RawBatch]()
    while True:
        try:
            batches += partition.next_batch()
        except StopIteration:
            return batches
        partition.snapshot()


def rows(batches: list[RawBatch]) -> list[bytes]:
    return [payload for batch in batches for payload in batch.payloads]
