"""Archives every source once: copies what its topic holds beyond the archive; failures are logged and retried."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import date

from connectors.archive import ArchiveGap, CopyOptions, TopicArchiver
from connectors.retry import Backoff
from dataflows.definitions import Source
from dataflows.metrics import ARCHIVE_FAILING, ARCHIVE_LOSSES, ARCHIVED
from dataflows.runtime.archived_topics import held_topic
from dataflows.runtime.topic_access import Topics
from dataflows.windows import Now
from reports.troubles import reason

log = logging.getLogger(__name__)

_DAY_MS, _GRACE_MS = 86_400_000, 3_600_000
_LONGEST_PAUSE_S = 3_600.0
_LONGEST_REST_S = 0.1

CopyingOf = Callable[[Source], CopyOptions]


class ArchivePass:
    """Archives all sources, one after the other. An exception ends the pass over one source, never the thread."""

    def __init__(self, sources: Sequence[Source], topics: Topics, copying: CopyingOf, pause_s: float, now: Now) -> None:
        self._sources = [_ArchivedSource(source, topics, copying, pause_s, now) for source in sources]

    def __call__(self) -> None:
        """Copies available messages."""
        for source in self._sources:
            source.look()

    def discard(self) -> None:
        """Discards the open files; the topics still hold their messages."""
        for source in self._sources:
            source.discard()


class _ArchivedSource:
    """Archives one source; after failures at growing intervals."""

    def __init__(self, source: Source, topics: Topics, copying: CopyingOf, pause_s: float, now: Now) -> None:
        self._source, self._topics, self._now = source, topics, now
        self._archiver = TopicArchiver(source.topic, copying(source))
        self._backoff, self._next_ms, self._told = Backoff(pause_s, max(pause_s, _LONGEST_PAUSE_S)), 0, ""

    def look(self) -> None:
        """Copies available messages, unless it failed recently."""
        if self._now() < self._next_ms:
            return
        topic = self._source.topic
        try:
            self._archiver.copy(lambda: held_topic(self._topics, topic))
        except Exception as error:
            self._failed(error)
        else:
            self._worked()

    def discard(self) -> None:
        """Discards the open files."""
        try:
            self._archiver.discard()
        except OSError as error:
            log.info("archive of %s: cannot remove its unfinished files (%s)", self._source.name, reason(error))

    def _failed(self, error: Exception) -> None:
        """Logs, counts and schedules a retry of a failure, because features do not depend on the archive."""
        ARCHIVE_FAILING.labels(self._source.name).set(1)
        self._next_ms = self._now() + int(self._backoff.after() * 1_000)
        if (why := reason(error)) != self._told:
            self._told = why
            log.warning(
                "events of %s are not archived: %s; features are not affected, and archiving continues later where "
                "the archive ends",
                self._source.name,
                why,
            )

    def _worked(self) -> None:
        ARCHIVE_FAILING.labels(self._source.name).set(0)
        if self._told:
            log.info("archiving of %s works again", self._source.name)
        self._backoff.succeeded()
        self._told = ""


def day_is_over(day: str, now_ms: int) -> bool:
    """Returns whether no more messages of a day are expected: an hour after its end.

    >>> day_is_over("1970-01-01", 86_400_000), day_is_over("1970-01-01", 90_000_000)
    (False, True)
    """
    try:
        end_ms = (date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal() + 1) * _DAY_MS
    except ValueError:  # a producer's clock in the year 10,000
        return True
    return now_ms >= end_ms + _GRACE_MS


def rest(worked_s: float) -> None:
    """Sleeps as long as the work took, so that features get the processor."""
    time.sleep(min(worked_s, _LONGEST_REST_S))


def event_counter(source: Source) -> Callable[[str, int], None]:
    """Returns a callback that counts the events of a file."""

    def note(path: str, rows: int) -> None:
        ARCHIVED.labels(source.name).inc(rows)
        log.info("archived %s events of %s in %s", f"{rows:,}", source.name, path)

    return note


def lost(source: Source) -> Callable[[ArchiveGap], None]:
    """Returns a callback that logs events that can no longer be archived."""

    def tell(gap: ArchiveGap) -> None:
        ARCHIVE_LOSSES.labels(source.name).inc()
        log.error("the topic of %s removed events before they were archived: %s", source.name, gap)

    return tell
