"""Tests a newcomer's path: the built package in a separate environment, from an empty folder to a served feature."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.waiting import await_that

SHIPPED = ("cli", "compiled_loops", "connectors", "dataflows", "governance", "headrace", "reports", "serving")
FILES = ("pyproject.toml", "README.md", "LICENSE")
COMPILED_S = 400
"""Allows for compiling the kernels of a new environment first, even on a busy machine."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installs the built wheel in an environment that sees the dependencies but not the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    for name in SHIPPED:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    subprocess.run(build, check=True, timeout=300)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True, timeout=120)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "--python", python, "install", "--no-deps", "--no-index", wheel], check=True, timeout=120)
    site = folder / "venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    shutil.rmtree(source)
    return folder / "venv" / "bin" / "headrace"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
    return {**clean, "HEADRACE_VAR": str(tmp_path / "var")}


class Stranger:
    """A newcomer with the installed program and a folder."""

    def __init__(self, program: Path, folder: Path, environment: dict[str, str]) -> None:
        self.program, self.folder, self.environment = program, folder, environment

    def headrace(self, *arguments: str, stdin: str | None = None) -> str:
        """Returns the output of a command."""
        command = [str(self.program), *arguments]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=self.folder, env=self.environment, text=True, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT
        ) as process:
            return str(process.communicate(stdin, timeout=COMPILED_S)[0])


@pytest.fixture
def stranger(installed: Path, tmp_path: Path, environment: dict[str, str]) -> Iterator[Stranger]:
    """Creates a repository with `headrace init`, starts the feature store on it and compiles its kernels."""
    repository = tmp_path / "features-of-mine"
    Stranger(installed, tmp_path, environment).headrace("init", str(repository), "--owner", "me@example.com")
    assert "1 passed" in Stranger(installed, repository, environment).headrace("test")
    with (tmp_path / "run.txt").open("w") as log:
        run = [str(installed), "run", "--no-traffic", "--plain", "--no-pages"]
        process = subprocess.Popen(run, cwd=repository, env=environment, stdout=log, stderr=log)
        yield Stranger(installed, repository, environment)
        process.terminate()
        assert process.wait(timeout=240) == 0, (tmp_path / "run.txt").read_text()


def test_from_an_empty_folder_to_a_served_feature(stranger: Stranger) -> None:
    now = time.time_ns() // 1_000_000
    event = {"event_type": "payment_success", "user_id": "u1", "amount": 42.5, "timestamp": now}
    assert "all valid" in stranger.headrace("validate")
    stranger.headrace("publish", "orders", stdin=json.dumps(event) + "\n")
    await_that(lambda: "42.5" in stranger.headrace("get", "user", "u1"), seconds=COMPILED_S)


def test_the_package_is_not_the_checkout(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    python = str(installed.with_name("python"))
    code = "import governance, dataflows; print(governance.__file__, dataflows.__file__)"
    run = [python, "-c", code]
    result = subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert str(ROOT) not in result.stdout


def test_the_site_and_the_exports_are_part_of_the_package(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    stranger = Stranger(installed, tmp_path, {**environment, "HEADRACE_SPECS": str(ROOT / "feature_specs")})
    assert "site/index.html" in stranger.headrace("docs", "--out", "site")
    assert (tmp_path / "site" / "static" / "site.js").read_bytes()
    assert "feast/definitions.py" in stranger.headrace("export", "feast", "--out", "feast")
