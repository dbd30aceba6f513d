"""Lists the sources that are compiled in, and names the folder that keeps the compiled code between runs.

Numba notices a changed file but not a changed file that it calls or takes constants from, so the cache folder is named
after all of them together: old code never runs for new source.
"""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATTERNS = (
    "compiled_loops/*.py",
    "connectors/redis/endpoints/resp_loops.py",
    "dataflows/kernels/**/*.py",
    "reports/ertl_estimator.py",
    "reports/profiling/kernels.py",
)


def compiled_sources() -> list[Path]:
    """Lists the files whose code or constants are compiled in."""
    return sorted(source for pattern in PATTERNS for source in ROOT.glob(pattern))


def cache_folder() -> Path:
    """Returns the cache folder of the code compiled from the current sources."""
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in compiled_sources())).hexdigest()[:12]
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return home / "headrace" / f"kernels-{digest}"
