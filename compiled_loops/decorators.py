"""Decorators that compile a function and keep its type for the type checker.

Divisions by zero follow IEEE 754 and raise no error.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numba

from compiled_loops.sources import cache_folder

Loop = TypeVar("Loop", bound=Callable[..., Any])

if "NUMBA_CACHE_DIR" not in os.environ:
    _config: Any = numba.config
    _config.CACHE_DIR = str(cache_folder())


def _compiler(**options: object) -> Callable[[Loop], Loop]:
    compiler: Callable[..., Callable[[Loop], Loop]] = numba.njit
    return compiler(cache=True, error_model="numpy", **options)


# Numba counts references to every array of a struct at every call of a function, which costs more than the tile work
# itself (measured: 3.6 x). Kernels neither allocate nor keep arrays, so they need no counts.
kernel = _compiler(_nrt=False)

allocating = _compiler()

# A loop over much history leaves the interpreter to other threads meanwhile. The loops of a live run do not: they are
# short, and to wait for the interpreter afterwards may take longer than their work.
history_kernel = _compiler(_nrt=False, nogil=True)
history_allocating = _compiler(nogil=True)

# A call passes every field of every array of a struct, some hundred words, so functions that run per row or per tile
# are inlined into their caller.
inlined = _compiler(_nrt=False, inline="always")
