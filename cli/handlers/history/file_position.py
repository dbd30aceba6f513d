"""Tracks how far a file of events is read, by bytes, because the publish times are unknown."""

from dataclasses import dataclass

from typing_extensions import override

from cli.topics import ReadPosition
from connectors.messages import RawBatch


@dataclass(slots=True)
class FilePosition(ReadPosition):
    """A part of `size` bytes; the line length is learned from the first lines."""

    size: int = 0
    line_bytes: float = 0.0

    @override
    def advance(self, batch: RawBatch) -> None:
        self.ended = self.ended or batch.ended
        self.rows += len(batch.payloads)
        if batch.payloads and not self.line_bytes:
            self.line_bytes = sum(map(len, batch.payloads)) / len(batch.payloads) + 1

    @override
    def share(self, end_ms: int) -> float:
        return 1.0 if self.ended else min(1.0, self.rows * self.line_bytes / max(1, self.size))
