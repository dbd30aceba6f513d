"""Tests the checks that `headrace init` writes for GitHub and GitLab, with programs that read these formats."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from governance.authoring.scaffolding import Requirement, init_repository

ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"
SCRIPTS = Path(sysconfig.get_path("scripts"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("features-of-mine")
    init_repository(folder, "me@example.com", Requirement("headrace"))
    subprocess.run(["git", "init", "-q", folder], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Builds the program from its published source."""
    folder = tmp_path_factory.mktemp("actionlint")
    environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    subprocess.run([SCRIPTS / "go", "install", ACTIONLINT], env=environment, check=True, timeout=300)
    return folder / "actionlint"


def output_of(*command: str | Path, folder: Path) -> str:
    """Returns the output of a program."""
    return subprocess.run(
        [*command], check=False, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    ).stdout


def test_actionlint_finds_nothing_in_the_workflow_of_github(actionlint: Path, repository: Path) -> None:
    assert output_of(actionlint, folder=repository) == ""
    wrong = repository / ".github" / "workflows" / "wrong.yaml"
    wrong.write_text("on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ github.nope }}'}]}}\n")
    assert '"nope" is not defined' in output_of(actionlint, folder=repository)
    wrong.unlink()


def test_the_workflow_of_github_is_given_no_more_than_it_needs(repository: Path) -> None:
    assert "No findings to report" in output_of(SCRIPTS / "zizmor", "--offline", ".github/workflows", folder=repository)


def test_the_pipeline_of_gitlab_fits_its_schema(repository: Path) -> None:
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci")
    assert "ok" in output_of(*check, "--data-transform", "gitlab-ci", ".gitlab-ci.yml", folder=repository)
