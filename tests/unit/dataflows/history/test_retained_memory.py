"""Tests that memory is kept inside a block only, however blocks are nested or end."""

import ctypes
import gc
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from dataflows.history import retained_memory as module
from dataflows.history.retained_memory import retained_memory

LARGE = 50 << 20  # bytes


class Allocated(ctypes.Structure):
    """The result of mallinfo2(3)."""

    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks")] + [
        (name, ctypes.c_size_t) for name in ("fsmblks", "uordblks", "fordblks", "keepcost")
    ]


def is_mapped() -> bool:
    """Returns whether the memory of a large array goes back to the kernel with the array."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Allocated
    before = mallinfo().hblks
    array = np.empty(LARGE, np.uint8)
    return bool(mallinfo().hblks > before) and len(array) == LARGE


def state() -> tuple[str, bool, bool]:
    return pa.default_memory_pool().backend_name, gc.get_freeze_count() > 0, is_mapped()


@pytest.fixture(autouse=True)
def nothing_frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Provides a process that has frozen nothing yet, like that of a command; tests freeze what they have loaded."""
    gc.unfreeze()
    monkeypatch.setattr(module, "_KEEPING", type(module._KEEPING)())
    yield
    gc.freeze()


def test_memory_is_kept_until_the_outermost_block_ends() -> None:
    before = pa.default_memory_pool().backend_name, False, True
    with retained_memory():
        assert state() == ("system", True, False)
        with retained_memory():
            assert state() == ("system", True, False)
        assert state() == ("system", True, False)
    assert state() == before


def test_a_failure_ends_a_block() -> None:
    before = pa.default_memory_pool().backend_name, False, True
    with pytest.raises(ValueError, match="stopped"), retained_memory():
        raise ValueError("stopped")
    assert state() == before


def test_what_a_program_has_frozen_stays_so() -> None:
    gc.freeze()
    with retained_memory():
        pass
    assert gc.get_freeze_count()


def test_frozen_objects_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting takes time for each of them."""
    counts = list[int]()

    def counted() -> int:
        counts.append(1_000)
        return 1_000

    monkeypatch.setattr(gc, "get_freeze_count", counted)
    for _ in range(3):
        with retained_memory():
            pass
    assert counts == [1_000]


def test_arrays_of_a_block_outlive_it() -> None:
    with retained_memory():
        array = pa.array(range(100_000))
    assert array.to_pylist() == list(range(100_000))
