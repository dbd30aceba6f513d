"""Tests compiled code of an image: a run that may not write beside it still loads it, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

LOOP = """
import sys, numba

@numba.njit(cache=True)
def double(number):
    return number + number

print(double(float(sys.argv[1]) if "." in sys.argv[1] else int(sys.argv[1])))
"""
BOUND = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
"""Makes permissions apply to root too."""


class Image:
    """A loop, a folder for its compiled code, and one for temporary files."""

    def __init__(self, folder: Path) -> None:
        self.cache, self.temporary, self.loop = folder / "cache", folder / "tmp", folder / "loop.py"
        self.temporary.mkdir()
        self.loop.write_text(LOOP)

    def run(self, number: str) -> tuple[str, list[str]]:
        """Returns the loop's output for a number, and numba's action: "loaded" or "saved"."""
        variables = {
            "NUMBA_CACHE_DIR": str(self.cache),
            "NUMBA_CACHE_LOCATOR_CLASSES": "dataflows.runtime.kernel_cache.BuiltKernels",
            "NUMBA_DEBUG_CACHE": "1",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
        }
        command = [*BOUND, sys.executable, str(self.loop), number]
        done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        *log, output = done.stdout.splitlines()
        return output, [line.split()[2] for line in log if line.startswith("[cache] data")]

    def seal(self) -> None:
        for folder in [self.cache, *self.cache.iterdir()]:
            folder.chmod(0o555)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Builds an image with the loop compiled for integers."""
    image = Image(tmp_path)
    assert image.run("21") == ("42", ["saved"])
    return image


def test_what_may_be_written_to_is_kept(image: Image) -> None:
    assert image.run("1.5") == ("3.0", ["saved"])
    assert image.run("1.5") == ("3.0", ["loaded"])


def test_a_sealed_folder_is_loaded_from(image: Image) -> None:
    image.seal()
    before = sorted(image.cache.rglob("*"))
    assert image.run("21") == ("42", ["loaded"])
    assert image.run("1.5") == ("3.0", ["saved"]), "what the image is without is compiled"
    assert image.run("1.5") == ("3.0", ["saved"]), "and kept nowhere"
    assert sorted(image.cache.rglob("*")) == before
    assert list(image.temporary.iterdir()) == []
