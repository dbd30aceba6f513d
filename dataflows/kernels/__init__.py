"""Compiled loops over the arrays of a shard; plain functions on plain arrays, no Python objects.

Compiled code is kept between runs. Numba notices a changed file but not a changed file that it calls, so the
cache folder is named after all kernel sources together: old code is never run for new source.
"""

import hashlib
import os
from pathlib import Path

import numba


def _cache_folder() -> Path:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return home / "headrace" / f"kernels-{digest}"


if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(_cache_folder())


# Numba counts references to every array of a struct at every call of a function, which costs more than the
# tile work itself (measured: 3.6 x). Kernels neither allocate nor keep arrays, so they do without.
kernel = numba.njit(cache=True, _nrt=False, error_model="numpy")
allocating = numba.njit(cache=True, error_model="numpy")

# A call passes every field of every array of a struct, some hundred words: what runs per row or per tile is
# built into its caller.
inlined = numba.njit(cache=True, _nrt=False, error_model="numpy", inline="always")
