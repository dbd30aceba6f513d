"""What the inputs of one process know of each other's backlog: so long as some are behind, all advance together.

They go slice by slice. A slice of publish time begins at the oldest message not yet delivered; nobody goes beyond its
end before all that are behind have come there. The windows take the events of a slice together, in the order of event
time, so that the events of an entity may lie in any partitions and sources.

A slice is as short as it can be without costing much: it holds enough messages to fill the batches of all. An input
that is at the end of its topic, quiet or slow to answer is waited for by nobody.
"""

import math
import uuid
from collections.abc import Callable

from connectors.messages import Reached

SHORTEST_MS = 100
"""The shortest slice of publish time."""
ENOUGH_ROWS = 20_000
"""Messages of a slice for each input that is behind: more make the next one shorter, fewer longer."""
MOST_ROWS = 50_000
"""Messages of one input in a slice: where more were published at once, the next slice goes on."""
GROWTH = 4
"""How many times as long as a slice the next one is at most."""
PATIENCE_MS = 1_000
"""How long the others wait for an input that has not found out whether it is behind."""
SETTLE_MS = 100
"""How long all wait for further inputs after one was built."""

Input = object


class Backlog:
    """Times are publish times in ms; `clock` gives the time of now."""

    def __init__(self, clock: Callable[[], int], process: str = "") -> None:
        self._clock = clock
        self._process = process or uuid.uuid4().hex
        self._unknown = dict[Input, float]()  # until when it is waited for
        self._given_up = set[Input]()
        self._behind = dict[Input, int]()  # publish time of what it delivers next
        self._full = dict[Input, int]()  # how many messages it has delivered of this slice
        self._settled = 0
        self._slice, self._step = 0, 0.0
        self._start = self._before = self._end = -math.inf
        self._reached: Reached | None = None

    @property
    def over(self) -> bool:
        """Whether nobody is behind."""
        return not self._behind and not self._waiting()

    def expects(self, source: Input) -> None:
        """A source will have inputs, unless all of them are another process's."""
        self._unknown[source] = math.inf

    def joins(self, part: Input, source: Input) -> None:
        """An input of a source was built."""
        self._unknown.pop(source, None)
        now = self._clock()
        self._unknown = {each: min(until, now + PATIENCE_MS) for each, until in self._unknown.items()}
        self._unknown[part], self._settled = now + PATIENCE_MS, now + SETTLE_MS

    def unsure(self, part: Input) -> None:
        """An input that is not known to be at the end found nothing: its broker is slow."""
        if part not in self._given_up and part not in self._unknown:
            self._unknown[part] = self._clock() + PATIENCE_MS
        self._behind.pop(part, None)

    def behind(self, part: Input, next_ms: int) -> None:
        """An input holds messages of a backlog."""
        self._unknown.pop(part, None)
        self._given_up.discard(part)
        self._behind[part] = next_ms

    def level(self, part: Input) -> None:
        """An input is at the end of its topic, or is no more."""
        self._unknown.pop(part, None)
        self._given_up.discard(part)
        self._behind.pop(part, None)

    def delivered(self, part: Input, rows: int) -> None:
        """Some messages of an input went on."""
        self._full[part] = self._full.get(part, 0) + rows

    def limit(self, part: Input, newest_ms: int) -> tuple[float, float]:
        """What an input may deliver now: messages published before a time, and how many of them at most.

        One that alone is behind, and has read messages up to `newest_ms`, delivers them: nobody shares its slices.
        """
        if self.over:
            return math.inf, math.inf
        if [part] == list(self._behind) and self._is_done(part) and not self._waiting():
            self._begin(self._behind[part])
            self._end = newest_ms + 1
            return self._end, math.inf
        if self._behind and not self._waiting() and all(map(self._is_done, self._behind)):
            self._begin(min(self._behind.values()))
        return self._end, MOST_ROWS - self._full.get(part, 0)

    def told(self) -> Reached | None:
        """How far all have come; None while some do not know whether they are behind."""
        if self.over and (self._reached is None or self._reached.until_ms is not None):
            self._start = self._before = self._end = -math.inf
            self._reached = Reached(self._process, None)
        return self._reached

    def _is_done(self, part: Input) -> bool:
        return self._behind[part] >= self._end or self._full.get(part, 0) >= MOST_ROWS

    def _waiting(self) -> bool:
        if not self._unknown and not self._settled:
            return False
        now = self._clock()
        for part in [part for part, until in self._unknown.items() if until <= now]:
            del self._unknown[part]
            self._given_up.add(part)
        self._settled = self._settled if now < self._settled else 0
        return bool(self._unknown or self._settled)

    def _begin(self, slowest: int) -> None:
        """The next slice."""
        if self._end == -math.inf:
            self._step, self._start = SHORTEST_MS, slowest
        else:
            wanted = self._step * ENOUGH_ROWS * len(self._behind) / max(1, sum(self._full.values()))
            self._step = max(SHORTEST_MS, min(wanted, GROWTH * self._step))
        self._before, self._start = self._start, max(self._start, slowest)
        self._end = slowest + self._step
        self._slice, self._full = self._slice + 1, {}
        # Of a shared slice some is on its way through the graph while the next begins: the time told is one back.
        shared = len(self._behind) > 1
        until = self._before if shared else self._start
        self._reached = Reached(self._process, int(until), self._slice, shared)
