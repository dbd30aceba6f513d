"""Aligns the inputs of one process by publish time: while some lag behind, all advance together.

They advance slice by slice. A slice of publish time begins at the oldest message not yet delivered; no input passes its
end before all lagging inputs have reached it. The windows apply the events of a slice together, in the order of event
time, so that the events of an entity may lie in any partitions and sources.

A slice is as short as it can be at low cost: it holds enough messages to fill the batches of all inputs. No input waits
for one that is at the end of its topic, quiet or slow to answer.
"""

import math
import uuid
from collections.abc import Callable

from connectors.messages import CatchUpProgress

SHORTEST_MS = 100
"""Shortest slice of publish time."""
ENOUGH_ROWS = 20_000
"""Messages of a slice for each lagging input: more make the next slice shorter, fewer longer."""
MOST_ROWS = 50_000
"""Most messages of one input in a slice: if more were published at once, the next slice continues."""
GROWTH = 4
"""Most times that a slice may be as long as the previous one."""
PATIENCE_MS = 1_000
"""How long the others wait for an input that does not know yet whether it lags."""
SETTLE_MS = 100
"""How long all inputs wait for further ones after an input was built."""

Input = object


class Backlog:
    """Tracks the lagging inputs of a process. Times are publish times in ms; `clock` gives the current time."""

    def __init__(self, clock: Callable[[], int], process: str = "") -> None:
        self._clock = clock
        self._process = process or uuid.uuid4().hex
        self._unknown = dict[Input, float]()  # until when the others wait for it
        self._timed_out = set[Input]()
        self._lagging = dict[Input, int]()  # publish time of its next message
        self._delivered = dict[Input, int]()  # messages delivered in this slice
        self._settling_until = 0
        self._slice, self._step = 0, 0.0
        self._start = self._before = self._end = -math.inf
        self._progress: CatchUpProgress | None = None

    @property
    def is_read(self) -> bool:
        """Returns whether no input lags."""
        return not self._lagging and not self._waiting()

    def expect(self, source: Input) -> None:
        """Expects inputs of a source, unless all of them belong to another process."""
        self._unknown[source] = math.inf

    def add(self, part: Input, source: Input) -> None:
        """Adds an input of a source."""
        self._unknown.pop(source, None)
        now = self._clock()
        self._unknown = {partition: min(until, now + PATIENCE_MS) for partition, until in self._unknown.items()}
        self._unknown[part], self._settling_until = now + PATIENCE_MS, now + SETTLE_MS

    def note_unknown(self, part: Input) -> None:
        """Records that an input read nothing and cannot tell whether its topic ends, because its broker is slow."""
        if part not in self._timed_out and part not in self._unknown:
            self._unknown[part] = self._clock() + PATIENCE_MS
        self._lagging.pop(part, None)

    def note_lagging(self, part: Input, next_ms: int) -> None:
        """Records that the next message of an input belongs to a backlog."""
        self._unknown.pop(part, None)
        self._timed_out.discard(part)
        self._lagging[part] = next_ms

    def note_caught_up(self, part: Input) -> None:
        """Records that an input is at the end of its topic, or was closed."""
        self._unknown.pop(part, None)
        self._timed_out.discard(part)
        self._lagging.pop(part, None)

    def note_delivered(self, part: Input, rows: int) -> None:
        """Records that an input delivered messages."""
        self._delivered[part] = self._delivered.get(part, 0) + rows

    def limit(self, part: Input, newest_ms: int) -> tuple[float, float]:
        """Returns the limits of an input's next delivery: a publish time to stay below, and a number of messages.

        A single lagging input delivers everything it has read, up to `newest_ms`: no other input shares its slices.
        """
        if self.is_read:
            return math.inf, math.inf
        if [part] == list(self._lagging) and self._has_finished_slice(part) and not self._waiting():
            self._begin_slice(self._lagging[part])
            self._end = newest_ms + 1
            return self._end, math.inf
        if self._lagging and not self._waiting() and all(map(self._has_finished_slice, self._lagging)):
            self._begin_slice(min(self._lagging.values()))
        return self._end, MOST_ROWS - self._delivered.get(part, 0)

    def progress(self) -> CatchUpProgress | None:
        """Returns how far all inputs have read; None while some do not know whether they lag."""
        if self.is_read and (self._progress is None or self._progress.until_ms is not None):
            self._start = self._before = self._end = -math.inf
            self._progress = CatchUpProgress(self._process, None)
        return self._progress

    def _has_finished_slice(self, part: Input) -> bool:
        return self._lagging[part] >= self._end or self._delivered.get(part, 0) >= MOST_ROWS

    def _waiting(self) -> bool:
        if not self._unknown and not self._settling_until:
            return False
        now = self._clock()
        for part in [part for part, until in self._unknown.items() if until <= now]:
            del self._unknown[part]
            self._timed_out.add(part)
        self._settling_until = self._settling_until if now < self._settling_until else 0
        return bool(self._unknown or self._settling_until)

    def _begin_slice(self, slowest: int) -> None:
        if self._end == -math.inf:
            self._step, self._start = SHORTEST_MS, slowest
        else:
            wanted = self._step * ENOUGH_ROWS * len(self._lagging) / max(1, sum(self._delivered.values()))
            self._step = max(SHORTEST_MS, min(wanted, GROWTH * self._step))
        self._before, self._start = self._start, max(self._start, slowest)
        self._end = slowest + self._step
        self._slice, self._delivered = self._slice + 1, {}
        # Some events of a shared slice are still in the graph when the next one begins, so progress is one slice back.
        shared = len(self._lagging) > 1
        until = self._before if shared else self._start
        self._progress = CatchUpProgress(self._process, int(until), self._slice, shared)
