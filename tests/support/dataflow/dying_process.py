"""A process that dies at its n-th step: from then on nothing it does has an effect, as after kill -9.

A step is a read of a source, an operation on a file, or a send of a sink. Files being written are torn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bytewax.outputs import StatefulSinkPartition

from connectors.messages import RawBatch
from connectors.numbered_sink import NumberedSink
from dataflows.history.spill import sink as spill_sink

FILE_STEPS = ("rename", "replace", "unlink", "touch", "mkdir")


class DeathError(Exception):
    """The process has died."""


@dataclass(slots=True)
class DyingProcess:
    """Dies at step `at`; the first is 0."""

    at: int
    steps: int = 0

    @property
    def dead(self) -> bool:
        """Returns whether it has died."""
        return self.steps > self.at

    def step(self) -> None:
        """Counts a step; raises DeathError at the last step and ever after."""
        self.steps += 1
        if self.dead:
            raise DeathError

    def read(self, _: RawBatch) -> None:
        """Steps before each batch of a source."""
        self.step()


def install(patch: pytest.MonkeyPatch, process: DyingProcess) -> None:
    """Makes every operation on a file a step; keeps the engine, which closes outputs on failure, from closing any."""
    for name in FILE_STEPS:
        patch.setattr(Path, name, _stepping(getattr(Path, name), process))
    for owner, name in ((Path, "write_bytes"), (pl.DataFrame, "write_parquet"), (pl.DataFrame, "write_ipc")):
        patch.setattr(owner, name, _tearing(getattr(owner, name), process))
    close = spill_sink._SpillPartition.close
    patch.setattr(spill_sink._SpillPartition, "close", lambda self: None if process.dead else close(self))


def _stepping(call: Callable[..., Any], process: DyingProcess) -> Callable[..., Any]:
    def step(*args: Any, **options: Any) -> Any:
        process.step()
        return call(*args, **options)

    return step


def _tearing(write: Callable[..., Any], process: DyingProcess) -> Callable[..., Any]:
    """Tears a file whose writer dies in the middle; `write_bytes` takes the path first, frames take it second."""

    def step(owner: Any, *args: Any, **options: Any) -> Any:
        try:
            process.step()
        except DeathError:
            if process.steps == process.at + 1:
                torn = owner if isinstance(owner, Path) else args[0]
                torn.open("wb").close()
            raise
        return write(owner, *args, **options)

    return step


class BufferedSink(NumberedSink[Any]):
    """Holds items until the engine asks for a snapshot or closes it, as a producer that sends later does."""

    def __init__(self, partitions: int, write: Callable[[Any], None], process: DyingProcess) -> None:
        super().__init__(partitions)
        self._write, self._process = write, process

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Buffered":
        """Builds an empty partition."""
        return _Buffered(self._write, self._process)


class _Buffered(StatefulSinkPartition[Any, None]):
    def __init__(self, write: Callable[[Any], None], process: DyingProcess) -> None:
        self._write, self._process, self._kept = write, process, list[Any]()

    def write_batch(self, items: list[Any]) -> None:
        self._kept += items

    def snapshot(self) -> None:
        while self._kept:
            self._process.step()
            self._write(self._kept.pop(0))

    def close(self) -> None:
        if not self._process.dead:
            self.snapshot()
