"""Shows the progress of a job over history: reading by publish time, then folding by shards, then judging."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.handlers.history.refusal_counts import RefusalCount
from cli.terminal import err, now_ms
from cli.topics import ProgressSource, ReadPosition
from dataflows.history.ledger import Ledger
from dataflows.history.spill import readings_of
from dataflows.run import Ports
from dataflows.runtime.topics import Source
from reports.moments import instant

_LOOK_S = 0.2
_READING = 0.6
"""The share of time for reading and decoding, as measured with twelve features."""

Positions = dict[tuple[str, str], ReadPosition]


@dataclass(slots=True)
class HistoryProgress:
    """The progress of a job: the position of each partition, and the number of folded shards."""

    shards: int
    positions: Positions = field(default_factory=dict)
    refused: RefusalCount = field(default_factory=RefusalCount)
    folded: int = 0
    elsewhere: int = 0
    judged_ms: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    @property
    def events(self) -> int:
        """Returns the number of events read, including those of other processes."""
        return self.elsewhere + sum(part.rows for part in self.positions.values())

    def look(self, spilled: Ledger, folds: Sequence[Ledger]) -> None:
        """Updates the progress of other processes from the ledgers of a job."""
        self.elsewhere = sum(reading.rows for reading in readings_of(spilled, prepared=True).values())
        self.folded = sum(len(ledger.names(prepared=True)) for ledger in folds)

    def observed(self, ports: Ports) -> Ports:
        """Wraps the ports, so that their sources record their positions."""
        return replace(ports, source=lambda source: self.observed_topic(source.topic, ports.source(source)))

    def observed_topic(self, topic: str, source: Source) -> Source:
        """Wraps the source of a topic, so that it records its positions."""
        return ProgressSource(source, topic, self.positions)

    def note_folded(self) -> None:
        """Records a folded shard; threads may do so at the same time."""
        with self._counting:
            self.folded += 1

    def note_judged(self, end_ms: int) -> None:
        """Records a judged interval."""
        self.judged_ms = end_ms

    def share(self, end_ms: int) -> float:
        """Returns the progress, from 0 to 1."""
        parts = list(self.positions.values())
        reading = 1.0 if self.folded else sum(part.share(end_ms) for part in parts) / max(len(parts), 1)
        return _READING * reading + (1 - _READING) * min(1.0, self.folded / self.shards)

    def __str__(self) -> str:
        if self.judged_ms:
            return f"judging   intervals until {instant(self.judged_ms)}"
        if self.folded:
            return f"folding   {self.events:,} events, {self.folded} of {self.shards} shards"
        newest = max((part.newest_ms for part in self.positions.values()), default=0)
        reached = f", published until {instant(newest)}" if newest else ""
        refused = f", {count:,} refused" if (count := self.refused.counts().total()) else ""
        return f"reading   {self.events:,} events{reached}{refused}"


@contextmanager
def progress_bar(progress: HistoryProgress) -> Iterator[None]:
    """Shows the bar inside the block, on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    over = threading.Event()
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal) as bar:
        mover = threading.Thread(target=_move, args=(bar, progress, now_ms(), over), daemon=True)
        try:
            mover.start()  # a signal may arrive here, too
            yield
        finally:
            over.set()
            if mover.ident is not None:
                mover.join()


def _move(bar: Progress, progress: HistoryProgress, end_ms: int, over: threading.Event) -> None:
    task = bar.add_task("starting", total=1.0)
    while not over.wait(_LOOK_S):
        bar.update(task, completed=progress.share(end_ms), description=str(progress))
