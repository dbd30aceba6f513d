"""Compiles loops over plain arrays to machine code for all packages; the only place that imports Numba's decorator."""

from compiled_loops.decorators import allocating, batch_kernel, inlined, kernel
from compiled_loops.sources import compiled_sources

__all__ = ["allocating", "batch_kernel", "compiled_sources", "inlined", "kernel"]
