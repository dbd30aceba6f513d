"""A feature repository with an origin, whose CI jobs run step by step from its own workflow file."""

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from governance.authoring.scaffolding import Requirement, init_repository
from tests.support.broker.topics import fresh_topic

WORKFLOW = Path(".github/workflows/features.yaml")
SCRIPTS = sysconfig.get_path("scripts")
_TOPIC = re.compile(r"persistent://public/default/[\w-]+")
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.]+)\s*\}\}")


@dataclass(slots=True)
class JobResult:
    """The result of a CI job: its first failed step, empty if none, and everything printed."""

    failed: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class FeatureRepository:
    """A checkout; `context` holds the values of expressions in the workflow, such as `github.base_ref`."""

    folder: Path
    context: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def git(self, *arguments: str) -> str:
        """Returns the output of git."""
        return self._run(["git", *arguments])

    def headrace(self, *arguments: str) -> str:
        """Returns the output of a command; fails unless it succeeds."""
        return self._run([f"{SCRIPTS}/headrace", *arguments])

    def commit(self, message: str) -> None:
        """Commits all changes."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def merge(self, branch: str, message: str) -> None:
        """Squashes a branch into main, as code hosts do, and pushes it."""
        self.git("switch", "--quiet", "main")
        self.git("pull", "--quiet")
        self.git("merge", "--quiet", "--squash", branch)
        self.commit(message)
        self.git("push", "--quiet", "origin", "main")

    def clone(self, folder: Path) -> "FeatureRepository":
        """Returns another checkout of the same origin."""
        self.git("clone", "--quiet", self.git("remote", "get-url", "origin").strip(), str(folder))
        return FeatureRepository(folder, self.context, self.environment)

    def job(self, name: str) -> JobResult:
        """Runs the steps of a job, except those that check out and install."""
        result = JobResult()
        for step in self._steps(name):
            if result.failed and "cancelled()" not in step.get("if", ""):
                continue
            environment = {key: self._filled(str(value)) for key, value in step.get("env", {}).items()}
            done = self._bash(self._filled(step["run"]), environment)
            result.said += done.stdout
            if done.returncode and not result.failed:
                result.failed = step["run"]
        return result

    def _steps(self, name: str) -> Iterator[dict[str, Any]]:
        job = yaml.safe_load((self.folder / WORKFLOW).read_text())["jobs"][name]
        yield from (step for step in job["steps"] if "run" in step and not step["run"].startswith("pip install"))

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda match: self.context[match[1]], text)

    def _bash(self, script: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            check=False,
            cwd=self.folder,
            env={**self._all(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command, check=False, cwd=self.folder, env=self._all(), capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def _all(self) -> dict[str, str]:
        """Returns the environment, with only the settings that are given."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
        settings = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_KEY_1": "user.email"}
        me = {"GIT_CONFIG_VALUE_0": "me", "GIT_CONFIG_VALUE_1": "me@example.com"}
        return {**clean, **settings, **me, "PATH": f"{SCRIPTS}:{os.environ['PATH']}", **self.environment}


def new_repository(folder: Path, context: Mapping[str, str], environment: Mapping[str, str]) -> FeatureRepository:
    """Creates one with `headrace init`, over separate topics, pushed to an origin beside it."""
    init_repository(folder / "features-of-mine", "me@example.com", Requirement("headrace"))
    names: dict[str, str] = {}
    for file in (folder / "features-of-mine" / "features").rglob("*.yaml"):
        own = _TOPIC.sub(lambda match: names.setdefault(match[0], fresh_topic("mine")), file.read_text())
        file.write_text(own)
    repository = FeatureRepository(folder / "features-of-mine", context, environment)
    shutil.rmtree(folder / "origin", ignore_errors=True)
    repository.git("init", "--quiet", "--bare", "--initial-branch", "main", str(folder / "origin"))
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.headrace("codeowners")
    repository.commit("first")
    repository.git("remote", "add", "origin", str(folder / "origin"))
    repository.git("push", "--quiet", "--set-upstream", "origin", "main")
    return repository
