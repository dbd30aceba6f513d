"""Where compiled code is that came with an image: NUMBA_CACHE_LOCATOR_CLASSES names this for `NUMBA_CACHE_DIR`.

Numba reads no folder that it may not write to, and compiles everything again. A container may often not: its root is
read-only, or its user is not the one who built the image.
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from numba.core.caching import UserProvidedCacheLocator


class BuiltKernels(UserProvidedCacheLocator):
    """The folder itself, or links to all that is in it where it cannot be written to."""

    def get_cache_path(self) -> str:
        """The folder of the functions of one folder of sources."""
        folder = Path(self._cache_path)
        return str(_writable(folder.parent) / folder.name)


@cache
def _writable(folder: Path) -> Path:
    if not folder.exists() or os.access(folder, os.W_OK):
        return folder
    links = Path(tempfile.mkdtemp(prefix="headrace-kernels-"))
    atexit.register(shutil.rmtree, links, ignore_errors=True)
    for file in folder.glob("*/*"):
        link = links / file.relative_to(folder)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(file)
    return links
