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
ENOUGH_ROWS = 10_000
"""Messages of a slice for each input that is behind: more make the next one shorter, fewer longer."""
GROWTH = 4
"""How many times as long as a slice the next one is at most."""
PATIENCE_MS = 1_000
"""How long the others wait for an input that has not found out whether it is behind."""

Input = object


class Backlog:
    """Times are publish times in ms; `clock` gives the time of now."""

    def __init__(self, clock: Callable[[], int], process: str = "") -> None:
        self._clock = clock
        self._process = process or uuid.uuid4().hex
        self._unknown = dict[Input, float]()  # until when it is waited for
        self._given_up = set[Input]()
        self._behind = dict[Input, tuple[int, int]]()  # publish times: what it delivers next, the newest it has read
        self._start = self._before = self._end = -math.inf
        self._step, self._rows = 0.0, 0
        self.reached: Reached | None = None

    @property
    def over(self) -> bool:
        """Whether nobody is behind."""
        return not self._behind and not self._unknown

    def joins(self, part: Input) -> None:
        """An input was built; it is waited for from its first look on."""
        self._unknown[part] = math.inf

    def unsure(self, part: Input) -> None:
        """An input that is not known to be at the end found nothing: it is new, or its broker is slow."""
        self._behind.pop(part, None)
        if part not in self._given_up:
            until = self._unknown.get(part, math.inf)
            self._unknown[part] = min(until, self._clock() + PATIENCE_MS)

    def behind(self, part: Input, next_ms: int, newest_ms: int) -> None:
        """An input holds messages of a backlog."""
        self._unknown.pop(part, None)
        self._given_up.discard(part)
        self._behind[part] = next_ms, newest_ms

    def level(self, part: Input) -> None:
        """An input is at the end of its topic, or is no more."""
        self._given_up.discard(part)
        self._leaves(part)

    def delivered(self, rows: int) -> None:
        """Some messages went on."""
        self._rows += rows

    def limit(self) -> float:
        """Messages published before this may be delivered now."""
        waiting = self._waiting()
        if not self._behind:
            return -math.inf if waiting else math.inf
        slowest = min(next_ms for next_ms, _ in self._behind.values())
        if slowest >= self._end and not waiting:
            self._begin(slowest)
        return self._end

    def _leaves(self, part: Input) -> None:
        self._unknown.pop(part, None)
        self._behind.pop(part, None)
        if self.over:
            self._start = self._before = self._end = -math.inf
            self.reached = Reached(self._process, None)

    def _waiting(self) -> bool:
        if not self._unknown:
            return False
        now = self._clock()
        for part in [part for part, until in self._unknown.items() if until <= now]:
            self._given_up.add(part)
            self._leaves(part)
        return bool(self._unknown)

    def _begin(self, slowest: int) -> None:
        """The next slice. A single input that is behind is not cut: there is nobody to keep in step with."""
        if self._end == -math.inf:
            self._step, self._start = SHORTEST_MS, slowest
        else:
            wanted = self._step * ENOUGH_ROWS * len(self._behind) / max(1, self._rows)
            self._step = max(SHORTEST_MS, min(wanted, GROWTH * self._step))
        self._before, self._start = self._start, max(self._start, slowest)
        alone = len(self._behind) == 1
        self._end = 1 + max(newest for _, newest in self._behind.values()) if alone else slowest + self._step
        self._rows = 0
        # One slice back: messages of the last one may still be on their way through the graph.
        self.reached = Reached(self._process, int(self._before), int(self._start), not alone)
