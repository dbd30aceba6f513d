"""Tests the heartbeat of a real run: it beats without events, says what was read, and stops with the run."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.supervision.dataflow_process import DataflowCommand, DataflowProcess
from connectors.redis import embedded_server, heartbeat_key
from serving.quality.pipeline import Pipeline, read_pipeline
from tests.support.paths import ROOT
from tests.support.services.prometheus import running_dataflow
from tests.support.services.serving_app import TYPES
from tests.support.waiting import await_that


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataflowProcess]:
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path))
    monkeypatch.setenv("HEADRACE_SPECS", str(ROOT / "feature_specs"))
    running = DataflowProcess(DataflowCommand(tmp_path, snapshot_seconds=1))
    yield running
    running.kill()
    embedded_server.release(tmp_path)


def test_it_beats_without_events_and_stops_with_the_run(child: DataflowProcess, tmp_path: Path) -> None:
    client = embedded_server.running(tmp_path)

    def pipeline() -> Pipeline:
        return read_pipeline(client, "headrace", TYPES, 5)

    await_that(lambda: pipeline().alive is True)
    first = pipeline()
    await_that(lambda: (pipeline().wall_ms or 0) > (first.wall_ms or 0))
    assert first.published_ms == {"item": None, "user": None}
    names = {str(key).split(":")[1].strip("'") for key in client.keys("headrace:*")}
    assert names <= {"_heartbeat", "_specs", "_start_seconds", "_quality", "marker", "lease", "entities"}
    child.kill()
    await_that(lambda: pipeline().alive is False)
    assert "has been stalled since" in pipeline().standing
    assert client.pttl(heartbeat_key("headrace", "user")) == -1


def test_it_says_which_events_were_read(tmp_path: Path) -> None:
    begun_ms = time.time_ns() // 1_000_000
    with running_dataflow(tmp_path):
        client = embedded_server.running(tmp_path)
        await_that(lambda: all(read_pipeline(client, "headrace", TYPES, 30).published_ms.values()))
        for published_ms in read_pipeline(client, "headrace", TYPES, 30).published_ms.values():
            assert published_ms is not None and begun_ms <= published_ms <= time.time_ns() // 1_000_000
