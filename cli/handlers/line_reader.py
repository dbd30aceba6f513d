"""Reads lines as they arrive: from a file as fast as possible, from a pipe as soon as they are written."""

import io
import os
import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

AT_ONCE = 1 << 18  # bytes
PAUSE_S = 0.2  # without new input, before an empty chunk is yielded
LONGEST = 5_226_496
"""Longest line (bytes) that a broker accepts: by default 5 MB, minus the client's overhead."""


@dataclass(slots=True)
class LineReader:
    """Splits input into lines. Skips empty ones, and records those that are too long."""

    number: int = 0  # number of lines that have ended
    too_long: list[tuple[int, int]] = field(default_factory=list)  # number of each line, its bytes
    _begun: bytes = b""
    _dropped: int = 0  # bytes so far of a line that is too long

    def ended(self, read: bytes) -> list[bytes]:
        """Returns the lines that end in this input."""
        *ended, unfinished = read.split(b"\n")
        lines = [line for piece in ended if (line := self._line(piece))]
        self._keep(unfinished)
        return lines

    def unfinished(self) -> list[bytes]:
        """Returns the last line, if it does not end with a line break."""
        return [line] if (self._begun or self._dropped) and (line := self._line(b"")) else []

    def _keep(self, part: bytes) -> None:
        self._begun += part
        if len(self._begun) > LONGEST or self._dropped:
            self._dropped += len(self._begun)
            self._begun = b""

    def _line(self, end: bytes) -> bytes:
        self._keep(end)
        line, dropped = self._begun.removesuffix(b"\r"), self._dropped
        self._begun, self._dropped = b"", 0
        self.number += 1
        if dropped:
            self.too_long.append((self.number, dropped))
        return line if line.strip() else b""


def chunks(stream: BinaryIO, stopping: Callable[[], bool]) -> Iterator[bytes]:
    """Yields available input, up to 256 kB at once, until the end or `stopping`; b"" after a moment without any."""
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:
        yield stream.read()
        return
    while not stopping():
        if not select.select([number], [], [], PAUSE_S)[0]:
            yield b""
        elif read := os.read(number, AT_ONCE):
            yield read
        else:
            return
