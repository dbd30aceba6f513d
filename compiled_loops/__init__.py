"""Compiles loops over plain arrays to machine code for all packages; the only place that imports Numba's decorator."""

from compiled_loops.decorators import allocating, history_allocating, history_kernel, inlined, kernel
from compiled_loops.sources import compiled_sources

__all__ = ["allocating", "compiled_sources", "history_allocating", "history_kernel", "inlined", "kernel"]
