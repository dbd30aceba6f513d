"""Builds the ports of the archive's branch from settings."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bytewax.inputs import FixedPartitionedSource

from connectors.archive import ArchiveStore, CopyOptions
from dataflows.definitions import Source
from dataflows.run import ArchivePorts
from dataflows.runtime.archiving.passes import ArchivePass, day_is_over, event_counter, lost, rest
from dataflows.runtime.archiving.sink import ArchiveSink, Look
from dataflows.runtime.archiving.ticks import ArchiveTicks
from dataflows.runtime.options import event_types
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, archive_store, live_topics

SPARE_BYTES = 1 << 30
"""Disk space that the archive leaves free, because recovery stores and embedded topics may share the disk."""
_AT_ONCE = 500  # messages per batch: a few ms of work, followed by a rest

Input = FixedPartitionedSource[Any, Any]


def archive_ports(
    settings: Settings, sources: Sequence[Source], mode: RunMode, together: Callable[[Input], Input]
) -> ArchivePorts | None:
    """Builds the ports if an archive is set; `together` wraps an input so that it coordinates with the others.

    Raises ArchiveUrlError.
    """
    if settings.archive is None:
        return None
    ticks: Any = together(ArchiveTicks(settings.archive_seconds * 1_000, mode.stopping, mode.now))
    store = archive_store(settings.archive, settings, SPARE_BYTES)
    sink: Any = ArchiveSink(lambda: _look(settings, store, sources, mode))
    return ArchivePorts(ticks, sink)


def _look(settings: Settings, store: ArchiveStore, sources: Sequence[Source], mode: RunMode) -> Look:
    """Returns the function that the archive thread runs; it receives a callback that tells when to stop."""
    made: list[ArchivePass] = []

    def look(over: Callable[[], bool]) -> None:
        if not made:
            made.append(_pass(settings, store, sources, mode, over))
        if not over():
            made[0]()
        if over():
            made[0].discard()

    return look


def _pass(
    settings: Settings, store: ArchiveStore, sources: Sequence[Source], mode: RunMode, over: Callable[[], bool]
) -> ArchivePass:
    few = settings.model_copy(update={"batch_rows": _AT_ONCE})
    topics = live_topics(few, replace(mode, bounded=True, stopping=over))

    def copying(source: Source) -> CopyOptions:
        return CopyOptions(
            store,
            stopping=over,
            over=lambda day: day_is_over(day, mode.now()),
            whole=event_counter(source),
            rest=rest,
            lost=lost(source),
            types=event_types(settings, source),
            now=mode.now,
        )

    return ArchivePass(sources, topics, copying, settings.archive_seconds, mode.now)
