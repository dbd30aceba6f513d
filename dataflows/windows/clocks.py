"""Tells a shard the time: the wall clock in a live run, the event-time watermark in a replay."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping

from connectors.messages import CatchUpProgress
from dataflows.kernels.offsets import ALWAYS

Now = Callable[[], int]
"""A function that returns milliseconds since 1970."""


def mark_of(source: str, partition: str) -> str:
    """Names a partition uniquely across sources, because topics may number theirs alike."""
    return f"{source}/{partition}"


class Clock(ABC):
    """Tells the time up to which boundaries are due (ms)."""

    @property
    def wakes(self) -> bool:
        """Returns whether time passes without events."""
        return False

    @abstractmethod
    def observe(self, partition: str, newest: int | None, ended: bool) -> None:
        """Records a batch of a partition (see `mark_of`): its newest event time (ms), and whether it was the last."""

    @abstractmethod
    def observe_progress(self, progress: CatchUpProgress) -> None:
        """Records how far a process has read its backlog."""

    @abstractmethod
    def time(self) -> int:
        """Returns the current time (ms); it never goes back."""

    @abstractmethod
    def marks(self) -> dict[str, int]:
        """Returns what a snapshot stores of the clock."""


class WallClock(Clock):
    """The clock of a live run."""

    @property
    def wakes(self) -> bool:
        """True: wall time passes without events."""
        return True

    def __init__(self, now: Now, marks: Mapping[str, int]) -> None:
        self._now = now
        self._time = marks.get("wall", ALWAYS)

    def observe(self, partition: str, newest: int | None, ended: bool) -> None:
        """Does nothing: events do not move a wall clock."""

    def observe_progress(self, progress: CatchUpProgress) -> None:
        """Does nothing: a backlog does not move a wall clock."""

    def time(self) -> int:
        """Returns the wall clock time; if it was set back between two runs, the last time until it has caught up."""
        self._time = max(self._time, self._now())
        return self._time

    def marks(self) -> dict[str, int]:
        """Returns the last time that was returned."""
        return {"wall": self._time}


class CatchUpClock(WallClock):
    """The clock of a live run that may start with a backlog: the publish time reached until the backlog is read.

    With several processes it follows the one furthest behind. It stands still until the first progress arrives.
    """

    def __init__(self, now: Now, marks: Mapping[str, int]) -> None:
        super().__init__(now, marks)
        self._behind = dict[str, int]()
        self._observed = False

    @property
    def wakes(self) -> bool:
        """True once the backlog is read; until then only progress moves the clock."""
        return self._observed and not self._behind

    def observe_progress(self, progress: CatchUpProgress) -> None:
        """Moves the mark of a process."""
        self._observed = True
        if progress.until_ms is None:
            self._behind.pop(progress.process, None)
        else:
            self._behind[progress.process] = progress.until_ms

    def time(self) -> int:
        """Returns the wall clock time, or the time that all processes have reached."""
        if self.wakes:
            return super().time()
        self._time = max(self._time, min(self._behind.values(), default=self._time))
        return self._time


class Watermark(Clock):
    """The clock of a replay: the event time that every partition has reached.

    A partition that has ended holds back no other; once all have ended, the time is the newest event time of all.
    """

    _ENDED = "ended:"

    def __init__(self, partitions: Iterable[str], marks: Mapping[str, int]) -> None:
        self._newest = dict.fromkeys(partitions, ALWAYS)
        self._newest.update({name: time for name, time in marks.items() if name in self._newest})
        self._ended = {name.removeprefix(self._ENDED) for name in marks if name.startswith(self._ENDED)}

    def observe(self, partition: str, newest: int | None, ended: bool) -> None:
        """Moves a partition's mark forward."""
        if newest is not None:
            self._newest[partition] = max(self._newest[partition], newest)
        if ended:
            self._ended.add(partition)

    def observe_progress(self, progress: CatchUpProgress) -> None:
        """Does nothing: a replay follows event time."""

    def time(self) -> int:
        """Returns the oldest mark of the running partitions, or the newest mark once all have ended."""
        running = [time for name, time in self._newest.items() if name not in self._ended]
        return min(running) if running else max(self._newest.values())

    def marks(self) -> dict[str, int]:
        """Returns the mark of each partition and which partitions have ended."""
        return self._newest | {self._ENDED + name: 1 for name in self._ended}
