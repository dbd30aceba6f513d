"""Tests Dockerfile and compose.yaml without an engine: the files they name exist, and the commands they run work."""

import http.server
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from typer.testing import CliRunner

from cli.main import app
from connectors.pulsar import PulsarAdmin, PulsarConnection
from dataflows.runtime.settings import Settings, variable
from tests.support.paths import ROOT
from tests.support.services.ports import free_port

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "headrace"}
LINES = re.sub(r"\\\n|^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).splitlines()
VARIABLES = dict(word.split("=", 1) for line in LINES if line.startswith("ENV ") for word in shlex.split(line)[1:])
LISTENING = re.compile(r"127\.0\.0\.1:(\d+|' \+ os\.environ\['BYTEWAX_DATAFLOW_API_PORT'\] \+ ')")


def arguments(instruction: str) -> list[str]:
    """Returns the arguments of an instruction, over all its lines."""
    return [line.removeprefix(instruction).strip() for line in LINES if line.startswith(instruction + " ")]


def copied() -> list[str]:
    return [source for line in arguments("COPY") for source in line.split()[:-1]]


def health_checks() -> dict[str, list[str]]:
    """Returns the Python programs that check the health of a container."""
    ours = json.loads(next(line for line in LINES if "CMD [" in line).split("CMD ", 1)[1])
    others = {name: service.get("healthcheck", {}).get("test", ["NONE"])[1:] for name, service in SERVICES.items()}
    checks = {"Dockerfile": ours} | others
    return {name: check for name, check in checks.items() if check and check[0].startswith("python")}


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Yields the port of a server that answers every request with this status."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(60)


def python(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False, cwd=ROOT)


def test_all_that_is_installed_is_copied() -> None:
    packages = {pattern.rstrip("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages | {PROJECT["project"]["readme"], "feature_specs"} <= set(copied())


def test_what_is_copied_or_mounted_exists() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    named = copied() + [source for source in mounted if source.startswith("./")]
    assert [name for name in named if not (ROOT / name).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not set(copied()) & set(ignored)


def test_the_python_of_the_image_is_one_that_is_supported() -> None:
    (default,) = [line.partition("=")[2] for line in arguments("ARG") if line.startswith("PYTHON=")]
    assert default in SpecifierSet(PROJECT["project"]["requires-python"])


def test_settings_are_settings() -> None:
    known = {variable(name) for name in Settings.model_fields}
    given = [VARIABLES, *(service.get("environment", {}) for service in SERVICES.values())]
    named = {name for variables in given for name in variables if name.startswith("HEADRACE_")}
    assert named - known == set()
    assert {"HEADRACE_SPECS", "HEADRACE_PULSAR_URL", "HEADRACE_REDIS_URL"} <= named


def test_where_kernels_are_is_known_to_numba() -> None:
    module, _, name = VARIABLES["NUMBA_CACHE_LOCATOR_CLASSES"].rpartition(".")
    assert hasattr(import_module(module), name)
    assert f"{VARIABLES['NUMBA_CACHE_DIR']} " in f"{' '.join(arguments('RUN'))} "


@pytest.mark.parametrize(
    "name", [name for name, service in OURS.items() if service.get("entrypoint", [""])[0] == "headrace"]
)
def test_commands_and_their_options_exist(name: str) -> None:
    _, command, *options = OURS[name]["entrypoint"]
    result = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    assert [option for option in options if option.startswith("--") and option not in result.output] == []


def test_what_listens_is_exposed_published_and_scraped() -> None:
    exposed = set(" ".join(arguments("EXPOSE")).split())
    assert VARIABLES["BYTEWAX_DATAFLOW_API_PORT"] in exposed
    published = {port.split(":")[-1] for service in OURS.values() for port in service.get("ports", [])}
    assert published == exposed
    scraped = yaml.safe_load((ROOT / "monitoring/prometheus/prometheus.yml").read_text())["scrape_configs"]
    targets = [target for job in scraped for config in job["static_configs"] for target in config["targets"]]
    assert set(targets) <= {f"{service}:{port}" for service in OURS for port in exposed}


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("name", health_checks())
@pytest.mark.parametrize(("status", "well"), [(200, True), (500, False)])
def test_health_is_what_is_answered(name: str, status: int, well: bool) -> None:
    _, _, program = health_checks()[name]
    with answering(status) as port:
        assert (python(LISTENING.sub(f"127.0.0.1:{port}", program)).returncode == 0) is well
    assert python(LISTENING.sub(f"127.0.0.1:{free_port()}", program)).returncode != 0


def test_the_recovery_store_is_made_once(tmp_path: Path) -> None:
    folder = VARIABLES["HEADRACE_VAR"]
    (command,) = SERVICES["recovery"]["command"]
    (given,) = {word for word in SERVICES["headrace"]["command"] if word.startswith(folder)}
    here = command.replace(folder, str(tmp_path)).replace("python", sys.executable)
    made = [*SERVICES["recovery"]["entrypoint"], here]
    subprocess.run(made, check=True)
    store = Path(given.replace(folder, str(tmp_path)))
    before = {file: file.stat().st_mtime_ns for file in store.glob("part-*.sqlite3")}
    assert len(before) == 4
    subprocess.run(made, check=True)
    assert {file: file.stat().st_mtime_ns for file in store.glob("part-*.sqlite3")} == before


def test_the_topics_of_all_sources_are_made(pulsar: PulsarConnection, tmp_path: Path) -> None:
    (program,) = SERVICES["topics"]["command"]
    topics = []
    for source in (ROOT / "feature_specs/sources").glob("*.yaml"):
        topics.append(f"persistent://public/default/{source.stem}-{tmp_path.name}-{os.getpid()}")
        text = re.sub(r"^topic: .*$", f'topic: "{topics[-1]}"', source.read_text(), flags=re.MULTILINE)
        (tmp_path / "sources").mkdir(exist_ok=True)
        (tmp_path / "sources" / source.name).write_text(text)
    stores = {"HEADRACE_PULSAR_URL": pulsar.url, "HEADRACE_PULSAR_ADMIN_URL": pulsar.admin_url}
    for _ in range(2):
        done = python(program, **stores, HEADRACE_SPECS=str(tmp_path))
        assert done.returncode == 0, done.stderr
    assert {PulsarAdmin(pulsar).partitions(topic) for topic in topics} == {4}
