"""Compiled loops over the arrays of a shard; plain functions on plain arrays, no Python objects.

Compiled code is kept between runs. Numba notices a changed file but not a changed file that it calls or takes
constants from, so the cache folder is named after all of them together: old code is never run for new source.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from reports import ertl_estimator

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled_sources() -> list[Path]:
    """Lists the files that the compiled kernels depend on: this package and the modules that it imports."""
    return [*sorted(Path(__file__).parent.glob("*.py")), Path(ertl_estimator.__file__)]


def _cache_folder() -> Path:
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in compiled_sources())).hexdigest()[:12]
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return home / "headrace" / f"kernels-{digest}"


if "NUMBA_CACHE_DIR" not in os.environ:
    _config: Any = numba.config
    _config.CACHE_DIR = str(_cache_folder())


def _compiler(**options: object) -> Callable[[Loop], Loop]:
    """Builds a decorator that compiles a function and keeps its type for the type checker."""
    compiler: Callable[..., Callable[[Loop], Loop]] = numba.njit
    return compiler(cache=True, error_model="numpy", **options)


# Numba counts references to every array of a struct at every call of a function, which costs more than the
# tile work itself (measured: 3.6 x). Kernels neither allocate nor keep arrays, so they do without.
kernel = _compiler(_nrt=False)
allocating = _compiler()

# A call passes every field of every array of a struct, some hundred words: what runs per row or per tile is
# built into its caller.
inlined = _compiler(_nrt=False, inline="always")
