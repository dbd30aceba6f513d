"""Lines as they come: from a file as fast as it is read, from a pipe as soon as they are written."""

import io
import os
import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

AT_ONCE = 1 << 18  # bytes
PAUSE_S = 0.2  # without anything new, before that is told
LONGEST = 5_226_496
"""Bytes of a line that a broker takes: by default 5 MB, less what the client adds."""


@dataclass(slots=True)
class Lines:
    """Cuts what was read into lines. Empty ones are skipped, those that are too long are left out and noted."""

    number: int = 0  # of lines that have ended
    too_long: list[tuple[int, int]] = field(default_factory=list)  # number of the line, its bytes
    _begun: bytes = b""
    _dropped: int = 0  # bytes of a line that is too long already

    def ended(self, read: bytes) -> list[bytes]:
        """The lines that end in what was read."""
        *ended, unfinished = read.split(b"\n")
        lines = [line for piece in ended if (line := self._line(piece))]
        self._keep(unfinished)
        return lines

    def unfinished(self) -> list[bytes]:
        """The last line, where it does not end with a line break."""
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
    """What there is to read, up to 256 kB at once, until the end or `stopping`; b"" after a moment without any."""
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
