"""Counts, logs and stores messages that the broker refuses. They never end the run."""

import logging
import threading
from collections import Counter
from pathlib import Path

from connectors.refused_file import RefusedFile, refused_line
from dataflows.metrics import REFUSED
from dataflows.windows import Now

log = logging.getLogger(__name__)

AGAIN_MS = 60_000
"""Pause between two log lines about the same refusal (ms)."""
_REFUSED = "%s rejects %d messages (%s; the largest has %d bytes): %s; the run continues"
_FOREIGN = (
    "%s: %d rows are not written, because their keys do not contain a hash, such as %s; hint: move it away, or "
    "choose another HEADRACE_REDIS_PREFIX; the run continues and retries with the next row of that entity"
)


class RefusedMessages:
    """Handles messages that a topic refuses: `refusals(topic, keys, payloads, why)`, from any thread.

    They are stored in `folder`, at most `most_bytes` per topic. If the file cannot be written either, that is logged
    and the message is only counted. `now` is the wall clock (ms).
    """

    def __init__(self, folder: Path, most_bytes: int, now: Now) -> None:
        self._folder, self._most_bytes, self._now = folder, most_bytes, now
        self._files = dict[str, RefusedFile]()
        self._seldom = LogRateLimit(now)
        self._lock = threading.Lock()

    def __call__(self, topic: str, keys: list[str], payloads: list[bytes], why: str) -> None:
        """Counts refused messages, stores them in the file of their topic and logs them. Thread-safe."""
        REFUSED.labels(topic, why).inc(len(keys))
        with self._lock:
            file = self._files.setdefault(topic, RefusedFile(self._folder, topic, self._most_bytes))
        now, longest = self._now(), max(map(len, payloads), default=0)
        fate = _stored(file, [refused_line(now, topic, why, *message) for message in zip(keys, payloads, strict=True)])
        if count := self._seldom.count((topic, why), len(keys)):
            log.warning(_REFUSED, topic, count, why, longest, fate)

    def of_keys(self, place: str, keys: list[str]) -> None:
        """Counts rows that Redis refused because their keys hold something else."""
        REFUSED.labels(place, "WRONGTYPE").inc(len(keys))
        if count := self._seldom.count((place, "WRONGTYPE"), len(keys)):
            log.warning(_FOREIGN, place, count, keys[0])


class LogRateLimit:
    """Rate limit of a log line: at once, then once a minute with the number since. Thread-safe."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._logged_ms, self._unsaid = dict[object, int](), Counter[object]()
        self._lock = threading.Lock()

    def count(self, subject: object, more: int) -> int:
        """Returns the number to log now; 0 to defer."""
        now = self._now()
        with self._lock:
            self._unsaid[subject] += more
            if now - self._logged_ms.get(subject, now - AGAIN_MS) < AGAIN_MS:
                return 0
            self._logged_ms[subject] = now
            return self._unsaid.pop(subject)


def _stored(file: RefusedFile, lines: list[bytes]) -> str:
    try:
        file.add(lines)
    except OSError as error:
        place = error.filename or file.path
        return f"they are lost, because their file is not writable either ({place}: {error.strerror})"
    return f"they are saved in {file.path}"
