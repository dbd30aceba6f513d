"""Runs a real Prometheus over a real dataflow: the shipped definitions on demo traffic, the shipped rules."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import start_http_server

from cli.shutdown import StopSignal
from cli.supervision.dataflow_process import DataflowCommand, DataflowProcess
from cli.supervision.exit_reason import DataflowEnded
from cli.terminal import now_ms
from cli.topics.demo_feeder import DemoFeeder, to_sources
from cli.topics.publisher import open_publisher
from connectors.demo.traffic import Traffic, stream
from connectors.redis import embedded_server
from dataflows import metrics
from dataflows.definitions.loader import load
from dataflows.quality import report_metrics
from dataflows.runtime.settings_loader import load_settings
from tests.support.factories.quality.reports import made_feature, made_source
from tests.support.paths import ROOT
from tests.support.services.ports import free_port

MONITORING = ROOT / "monitoring"
START_S = 240.0


class Prometheus:
    """The HTTP API of a Prometheus."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=60.0):
                return True
        except OSError:
            return False

    def get(self, path: str, **parameters: str) -> Any:
        """Returns the data of an answer; raises AssertionError with the message of an error."""
        asked = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(asked, timeout=60.0) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Returns the current series of an expression."""
        result: list[dict[str, Any]] = self.get("query", query=expression)["result"]
        return result

    def names(self) -> set[str]:
        """Returns the names of the metrics."""
        return set(self.get("label/__name__/values"))


@contextmanager
def running_dataflow(folder: Path) -> Iterator[int]:
    """Starts a dataflow; yields the port of its metrics."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HEADRACE_")]:
            patch.delenv(name)
        settings = {"VAR": str(folder), "SPECS": str(ROOT / "feature_specs"), "QUALITY_INTERVAL": "2"}
        for name, value in settings.items():
            patch.setenv(f"HEADRACE_{name}", value)
        child = DataflowProcess(DataflowCommand(folder, snapshot_seconds=1))
        try:
            until(lambda: (reading := child.reading(0.0)) is not None and reading.ready, child)
            with _traffic():
                yield child.port
        finally:
            child.kill()
            embedded_server.release(folder)


@contextmanager
def _traffic() -> Iterator[None]:
    stop, settings = StopSignal(), load_settings()
    shop = to_sources(Traffic(rate=300.0), load(settings.specs))
    feeder = DemoFeeder(lambda: open_publisher(settings), stream(shop, now_ms, stop.sleep, stop.is_set))
    feeder.start()
    try:
        yield
    finally:
        stop.set()
        feeder.join(60)
        assert feeder.error is None


@contextmanager
def told_metrics() -> Iterator[int]:
    """Yields the port of this process' metrics: of drift and broken rules, for which a dataflow needs whole windows."""
    for report in (made_feature("user_spend_1h"), made_feature("item_orders_24h")):
        report_metrics.note_report(report)
        for rule in report.rules:
            metrics.VIOLATIONS.labels(report.subject.feature, rule.rule).inc(rule.violations)
        metrics.QUALITY_ERRORS.labels(report.subject.feature).inc()
    report_metrics.note_report(made_source("logins", silent=True))
    server, thread = start_http_server(0, addr="127.0.0.1")
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(60)


@contextmanager
def running_prometheus(folder: Path, targets: Sequence[int]) -> Iterator[Prometheus]:
    """Starts it with the shipped configuration and other targets, scraped every second."""
    config = yaml.safe_load((MONITORING / "prometheus" / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(MONITORING / "prometheus" / "rules.yml")]
    config["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{target}" for target in targets]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    options = {"config.file": folder / "prometheus.yml", "storage.tsdb.path": folder / "tsdb"}
    command = ["prometheus", f"--web.listen-address=127.0.0.1:{port}", *(f"--{k}={v}" for k, v in options.items())]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        prometheus = Prometheus(port)
        until(prometheus.ready)
        yield prometheus
    finally:
        process.terminate()
        process.wait(60)


def until(true: Any, child: DataflowProcess | None = None) -> None:
    end = time.monotonic() + START_S
    while not true():
        assert child is None or child.exit_code is None, child and DataflowEnded(child.exit_code or 0, child.plan.log)
        assert time.monotonic() < end
        time.sleep(0.1)
