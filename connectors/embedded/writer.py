"""Writes to embedded topics, for the sink, the demo traffic and the command line."""

from collections.abc import Callable, Sequence
from pathlib import Path
from zlib import crc32

from connectors.embedded import lines
from connectors.embedded.segments import Appender, DiskFull
from connectors.embedded.topic_folder import TopicFolder, TopicRetention, open_topic


class TopicWriter:
    """Appends messages to the partitions of a topic: equal keys to the same one, in order."""

    def __init__(self, topic: TopicFolder, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._appenders = [
            Appender(topic.partition(number), topic.keeping) for number in range(topic.keeping.partitions)
        ]

    def pending(
        self, keys: Sequence[str], payloads: Sequence[bytes], published: Sequence[int] | None = None
    ) -> dict[int, bytes]:
        """Returns the lines to write, by partition; `published` are their publish times (ms), now unless given."""
        whole = [list[bytes]() for _ in self._appenders]
        times = self._clock() if published is None else published
        for key, line in zip(keys, lines.lines(times, keys, payloads), strict=True):
            whole[crc32(key.encode()) % len(whole)].append(line)
        return {number: b"".join(pieces) for number, pieces in enumerate(whole) if pieces}

    def write(self, pending: dict[int, bytes]) -> None:
        """Writes all lines; removes written lines from `pending`, even if DiskFull is raised."""
        for number in list(pending):
            try:
                self._appenders[number].append(pending[number])
            except DiskFull as ex:
                pending[number] = pending[number][ex.kept :]
                raise
            del pending[number]

    def sync(self) -> None:
        """Syncs all partitions to disk, so that their rows survive a power failure."""
        for appender in self._appenders:
            appender.sync()

    def close(self) -> None:
        """Closes all partitions."""
        for appender in self._appenders:
            appender.close()


def append(
    root: Path,
    topic: str,
    keys: list[str],
    payloads: list[bytes],
    clock: Callable[[], int],
    *,
    keeping: TopicRetention | None = None,
) -> None:
    """Publishes messages once; in a loop, keep a `TopicWriter` instead. Raises DiskFull, TopicNameError."""
    writer = TopicWriter(open_topic(root, topic, keeping), clock)
    try:
        writer.write(writer.pending(keys, payloads))
    finally:
        writer.close()
