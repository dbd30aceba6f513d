"""Where events are spilled: Arrow files of a job, each written whole or not at all."""

from pathlib import Path

import pyarrow as pa
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from dataflows.history.spill.spilled_batch import SpilledBatch, arrow_of, merged

ROWS_PER_FILE = 1 << 18
PARTITIONS = 4


class SpillSink(FixedPartitionedSink[SpilledBatch, int]):
    """Writes `events/<entity>/<source>.<partition>-<number>.arrow`; what a run wrote after its last snapshot goes."""

    def __init__(self, folder: Path, rows_per_file: int = ROWS_PER_FILE) -> None:
        self._folder, self._rows = folder, rows_per_file

    @override
    def list_parts(self) -> list[str]:
        return [str(number) for number in range(PARTITIONS)]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "_SpillPartition":
        return _SpillPartition(self._folder, for_part, self._rows, resume_state or 0)


class _SpillPartition(StatefulSinkPartition[SpilledBatch, int]):
    def __init__(self, folder: Path, name: str, rows_per_file: int, number: int) -> None:
        self._folder, self._name, self._rows_per_file, self._number = folder, name, rows_per_file, number
        self._waiting: dict[tuple[str, str], list[SpilledBatch]] = {}
        for path in folder.glob(f"*/*.{name}-*.arrow*"):
            if int(path.name.split("-")[-1].split(".")[0]) >= number:
                path.unlink()

    def write_batch(self, items: list[SpilledBatch]) -> None:
        for batch in items:
            waiting = self._waiting.setdefault((batch.entity_id, batch.source), [])
            waiting.append(batch)
            if sum(len(part.times) for part in waiting) >= self._rows_per_file:
                self._write(batch.entity_id, batch.source)

    def snapshot(self) -> int:
        """All that was given is in files."""
        for entity_id, source in list(self._waiting):
            self._write(entity_id, source)
        return self._number

    def close(self) -> None:
        self.snapshot()

    def _write(self, entity_id: str, source: str) -> None:
        batch = arrow_of(merged(self._waiting.pop((entity_id, source))))
        path = self._folder / entity_id / f"{source}.{self._name}-{self._number:06d}.arrow"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".arrow.part")
        with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        part.replace(path)
        self._number += 1
