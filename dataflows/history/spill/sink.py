"""Where events are spilled: Arrow files of a job, each written whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import pyarrow as pa
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

ROWS_PER_FILE = 1 << 18
PARTITIONS = 4


class Spillable(Protocol):
    """Rows of one source for one entity type."""

    @property
    def entity_id(self) -> str:
        """Whose rows they are."""

    @property
    def source(self) -> str:
        """What they come from; the files are named by it."""

    def __len__(self) -> int: ...


Spilled = TypeVar("Spilled", bound=Spillable)
Encode = Callable[[Sequence[Spilled]], pa.RecordBatch]
"""Some of one source and entity type -> their Arrow form, by shard."""


class SpillSink(FixedPartitionedSink[Spilled, int], Generic[Spilled]):
    """Writes `<folder>/<entity>/<source>.<partition>-<number>.arrow`; what a run wrote after its last snapshot goes."""

    def __init__(self, folder: Path, encode: Encode[Spilled], rows_per_file: int = ROWS_PER_FILE) -> None:
        self._folder, self._encode, self._rows = folder, encode, rows_per_file

    @override
    def list_parts(self) -> list[str]:
        return [str(number) for number in range(PARTITIONS)]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "_SpillPartition[Spilled]":
        return _SpillPartition(self._folder, for_part, self._encode, self._rows, resume_state or 0)


class _SpillPartition(StatefulSinkPartition[Spilled, int], Generic[Spilled]):
    def __init__(self, folder: Path, name: str, encode: Encode[Spilled], rows_per_file: int, number: int) -> None:
        self._folder, self._name, self._encode = folder, name, encode
        self._rows_per_file, self._number = rows_per_file, number
        self._waiting: dict[tuple[str, str], list[Spilled]] = {}
        for path in folder.glob(f"*/*.{name}-*.arrow*"):
            if int(path.name.split("-")[-1].split(".")[0]) >= number:
                path.unlink()

    def write_batch(self, items: list[Spilled]) -> None:
        for batch in items:
            waiting = self._waiting.setdefault((batch.entity_id, batch.source), [])
            waiting.append(batch)
            if sum(map(len, waiting)) >= self._rows_per_file:
                self._write(batch.entity_id, batch.source)

    def snapshot(self) -> int:
        """All that was given is in files."""
        for entity_id, source in list(self._waiting):
            self._write(entity_id, source)
        return self._number

    def close(self) -> None:
        self.snapshot()

    def _write(self, entity_id: str, source: str) -> None:
        batch = self._encode(self._waiting.pop((entity_id, source)))
        path = self._folder / entity_id / f"{source}.{self._name}-{self._number:06d}.arrow"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".arrow.part")
        with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        part.replace(path)
        self._number += 1
