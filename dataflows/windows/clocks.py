"""What time it is for a shard: the wall clock in a live run, the event-time watermark in a replay."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping

from connectors.messages import CatchUpProgress
from dataflows.kernels.offsets import ALWAYS

Now = Callable[[], int]
"""Milliseconds since 1970."""


def mark_of(source: str, partition: str) -> str:
    """The name of a partition among those of all sources: topics may number theirs alike."""
    return f"{source}/{partition}"


class Clock(ABC):
    """Returns the time up to which boundaries are due (ms)."""

    @property
    def wakes(self) -> bool:
        """Whether time passes without events."""
        return False

    @abstractmethod
    def observe(self, partition: str, newest: int | None, ended: bool) -> None:
        """Takes note of a batch of a partition (see `mark_of`): its newest event time (ms), whether it was the last."""

    @abstractmethod
    def observe_progress(self, progress: CatchUpProgress) -> None:
        """Takes note of how far a process has read its backlog."""

    @abstractmethod
    def time(self) -> int:
        """Now, in ms; it never goes back."""

    @abstractmethod
    def marks(self) -> dict[str, int]:
        """What a snapshot keeps of it."""


class WallClock(Clock):
    """The clock of a live run."""

    @property
    def wakes(self) -> bool:
        """It does."""
        return True

    def __init__(self, now: Now, marks: Mapping[str, int]) -> None:
        self._now = now
        self._time = marks.get("wall", ALWAYS)

    def observe(self, partition: str, newest: int | None, ended: bool) -> None:
        """Events do not move it."""

    def observe_progress(self, progress: CatchUpProgress) -> None:
        """A backlog does not move it."""

    def time(self) -> int:
        """The wall clock; if it was set back between two runs, it stays at the earlier time until it has caught up."""
        self._time = max(self._time, self._now())
        return self._time

    def marks(self) -> dict[str, int]:
        """The last time returned."""
        return {"wall": self._time}


class CatchUpClock(WallClock):
    """The clock of a live run that may have a backlog to read: until that is read, the publish time reached.

    Where several processes read, it is that of the one that is furthest behind. It
    stands still until the first progress comes.
    """

    def __init__(self, now: Now, marks: Mapping[str, int]) -> None:
        super().__init__(now, marks)
        self._behind = dict[str, int]()
        self._observed = False

    @property
    def wakes(self) -> bool:
        """At the end of the backlog; before, only progress moves it."""
        return self._observed and not self._behind

    def observe_progress(self, progress: CatchUpProgress) -> None:
        """Moves the mark of a process."""
        self._observed = True
        if progress.until_ms is None:
            self._behind.pop(progress.process, None)
        else:
            self._behind[progress.process] = progress.until_ms

    def time(self) -> int:
        """The wall clock, or the time that all have reached."""
        if self.wakes:
            return super().time()
        self._time = max(self._time, min(self._behind.values(), default=self._time))
        return self._time


class Watermark(Clock):
    """The clock of a replay: the event time that every partition has reached.

    A partition that has ended holds nobody back; when all have, time is the newest event time of all.
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
        """A replay goes by event time."""

    def time(self) -> int:
        """The oldest mark of the partitions that go on, or the newest of all."""
        running = [time for name, time in self._newest.items() if name not in self._ended]
        return min(running) if running else max(self._newest.values())

    def marks(self) -> dict[str, int]:
        """The mark of each partition and which have ended."""
        return self._newest | {self._ENDED + name: 1 for name in self._ended}
