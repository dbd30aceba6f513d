"""Keeps messages that no topic accepts: a local file of JSON lines, bounded in size."""

import json
import os
import re
import threading
from pathlib import Path

from connectors.payload_text import payload_text

CUT_BYTES = 16_384
"""Bytes kept of a payload: enough to recognise it."""
_UNUSUAL = re.compile(r"[^\w.=-]+")


class RefusedFile:
    """Lines of one topic, in `folder`; two files of half of `most_bytes`, of which the older is overwritten.
    Thread-safe.

    Processes may share the folder, because a line is one append.
    """

    def __init__(self, folder: Path, topic: str, most_bytes: int) -> None:
        name = _UNUSUAL.sub("-", topic.removeprefix("persistent://"))[-120:]
        self.path, self._older = folder / f"{name}.jsonl", folder / f"{name}.1.jsonl"
        self._half = most_bytes // 2
        self._lock = threading.Lock()

    def add(self, lines: list[bytes]) -> None:
        """Appends whole lines. Raises OSError."""
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size + sum(map(len, lines)) > self._half:
                self.path.replace(self._older)
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                for line in lines:
                    os.write(file, line)
            finally:
                os.close(file)


def refused_line(at_ms: int, topic: str, why: str, key: str, payload: bytes) -> bytes:
    """Encodes a refused message: its topic, the reason, its size, and its first 16 KB.

    >>> refused_line(7, "t", "MessageTooBig", "u1", b"{}")
    b'{"at_ms": 7, "topic": "t", "why": "MessageTooBig", "key": "u1", "bytes": 2, "payload": "{}"}\\n'
    """
    line = {"at_ms": at_ms, "topic": topic, "why": why, "key": key[:CUT_BYTES], "bytes": len(payload)}
    return json.dumps(line | payload_text(payload, CUT_BYTES)).encode() + b"\n"
