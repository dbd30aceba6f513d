"""Locates compiled code that came with an image: NUMBA_CACHE_LOCATOR_CLASSES names this for `NUMBA_CACHE_DIR`.

Numba does not read a folder that it cannot write to, and compiles everything again. A container often cannot write: its
root is read-only, or its user did not build the image.
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from numba.core.caching import UserProvidedCacheLocator


class BuiltKernels(UserProvidedCacheLocator):
    """Uses the folder itself, or a writable folder of links to its content."""

    def get_cache_path(self) -> str:
        """Returns the cache folder for the functions of one source folder."""
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
