"""Keeps freed memory in the process while history is folded, because getting it again from the kernel costs more.

By default the C library returns the memory of a large array when it is freed, and the kernel clears every page of the
next one: a sixth of the CPU time of a training set. For the same reason, the objects that exist at the beginning, such
as all modules, are not searched for garbage again and again.
"""

import ctypes
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # parameters of mallopt(3)
_KEPT = {_TRIM_THRESHOLD: 1 << 30, _TOP_PAD: 1 << 24, _MMAP_THRESHOLD: 1 << 30}  # bytes
_USUAL = {_TRIM_THRESHOLD: 1 << 26, _TOP_PAD: 1 << 17, _MMAP_THRESHOLD: 1 << 25}
"""Bytes up to which the library adapts its thresholds to a program by itself, until one of them is set."""


class _Keeping:
    """Counts the blocks that keep memory, because threads of a notebook may build several data sets."""

    def __init__(self) -> None:
        self._blocks, self._lock, self._libc = 0, threading.Lock(), ctypes.CDLL(None)
        self._pool, self._frozen, self._program_froze = pa.default_memory_pool(), False, False
        self._is_gnu = hasattr(self._libc, "mallopt") and hasattr(self._libc, "malloc_trim")

    def begin(self) -> None:
        with self._lock:
            if self._blocks == 0:
                self._keep()
            self._blocks += 1

    def end(self) -> None:
        with self._lock:
            self._blocks -= 1
            if self._blocks == 0:
                self._give_back()

    def _keep(self) -> None:
        # Frozen objects are counted one by one, 50 ms for a million, so a program that has frozen some is asked once.
        self._program_froze = self._program_froze or gc.get_freeze_count() > 0
        if not self._program_froze:
            gc.freeze()
            self._frozen = True
        if self._is_gnu:
            self._pool = pa.default_memory_pool()
            pa.set_memory_pool(pa.system_memory_pool())
            self._set(_KEPT)

    def _give_back(self) -> None:
        if self._frozen:
            gc.unfreeze()
            self._frozen = False
        if self._is_gnu:
            pa.set_memory_pool(self._pool)
            self._set(_USUAL)
            self._libc.malloc_trim(0)

    def _set(self, sizes: dict[int, int]) -> None:
        for parameter, size in sizes.items():
            self._libc.mallopt(parameter, size)


_KEEPING = _Keeping()


@contextmanager
def retained_memory() -> Iterator[None]:
    """Keeps freed memory inside the block, from which Arrow then also allocates; returns it to the kernel at the
    end."""
    _KEEPING.begin()
    try:
        yield
    finally:
        _KEEPING.end()
