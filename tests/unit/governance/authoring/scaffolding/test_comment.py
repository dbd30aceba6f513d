"""Tests the script of a feature repository that maintains one comment, against a real HTTP server."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.authoring.scaffolding import Requirement, init_repository
from tests.support.services.outside.code_host import CodeHost, code_host

HOSTS = ("github", "gitlab")


@pytest.fixture
def host() -> Iterator[CodeHost]:
    with code_host() as host:
        yield host


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    init_repository(tmp_path, "me@example.com", Requirement("headrace"))
    return tmp_path


def comment(repository: Path, text: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (repository / "plan.md").write_text(f"<!-- headrace-plan -->\n{text}\n", encoding="utf-8")
    script = [sys.executable, "ci/comment.py", "plan.md"]
    return subprocess.run(
        script, check=False, cwd=repository, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("kind", HOSTS)
def test_a_plan_is_one_comment_that_every_run_renews(kind: str, host: CodeHost, repository: Path) -> None:
    host.comments += [{"id": 1, "body": "a reader's <!-- headrace-plan --> quoted"}]
    for text in ("first", "second: 5 € und ß"):
        done = comment(repository, text, getattr(host, kind)())
        assert (done.returncode, done.stderr) == (0, "")
    assert [posted["body"].splitlines()[-1] for posted in host.comments[1:]] == ["second: 5 € und ß"]


@pytest.mark.parametrize("kind", HOSTS)
def test_the_comment_is_found_behind_hundreds_of_others(kind: str, host: CodeHost, repository: Path) -> None:
    host.comments += [{"id": number, "body": "+1"} for number in range(1, 201)]
    for text in ("first", "second"):
        comment(repository, text, getattr(host, kind)())
    assert len(host.comments) == 201
    assert host.comments[-1]["body"].endswith("second\n")


def test_a_host_that_refuses_is_told_in_one_line_without_the_token(host: CodeHost, repository: Path) -> None:
    done = comment(repository, "plan", {**host.github(), "GH_TOKEN": "wr0ng"})
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["the comment was not written: HTTP Error 401: Unauthorized"]
