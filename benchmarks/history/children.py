"""Starts the runs of `benchmarks.history`, each in a separate process with the settings it needs."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import pipeline, w12
from benchmarks.engine.baselines import fresh
from benchmarks.history.events import HistoryFiles
from benchmarks.measuring.services import pulsar_and_redis, redis

ROOT = Path(__file__).resolve().parents[2]
FEAST = ROOT / "benchmarks" / "feast_offline.py"
BATCH_ROWS = 20_000

Turn = dict[str, dict[str, float]]


def archive_turn(files: HistoryFiles) -> Turn:
    """Measures the engine alone, and a replay of the archive into an empty Redis."""
    with redis() as server:
        settings = {"HEADRACE_REDIS_URL": server.url, "HEADRACE_ARCHIVE": str(files.archive)}
        return {"engine": fresh("headrace", w12.ROWS, BATCH_ROWS), "replay": run("replay", settings)}


def pulsar_turns(rows: int, runs: int) -> list[Turn]:
    """Measures a bare reader, and a replay of the topic into an empty Redis."""
    with pulsar_and_redis() as (connection, server):
        pipeline.fill(connection, rows)
        settings = {
            "HEADRACE_PULSAR_URL": connection.url,
            "HEADRACE_PULSAR_ADMIN_URL": connection.admin_url,
            "HEADRACE_REDIS_URL": server.url,
        }
        turns = []
        for _ in range(runs):
            server.flush()
            reader = pipeline.child("reader", "replay", connection, server)
            turns.append({"reader": reader, "replay": run("replay_topic", settings)})
        return turns


def training_set(files: HistoryFiles, questions: int) -> dict[str, float]:
    return run("training_set", {"HEADRACE_ARCHIVE": str(files.archive)}, files.folder, questions)


def in_sql(way: str, files: HistoryFiles, questions: int) -> dict[str, float]:
    return run(way, {}, files.folder, questions)


def shipped_set(folder: Path, events: int, questions: int) -> dict[str, float]:
    """Measures a training set over the demo shop, whose events are made before the clock starts."""
    return run("shipped_set", {}, folder / "shop", questions, events)


def feast_lookup(interpreter: Path, files: HistoryFiles, questions: int) -> dict[str, float]:
    """Measures Feast with its DuckDB store: the Dask store holds all rows in memory."""
    command = [str(interpreter), str(FEAST), str(files.folder), str(files.spine(questions)), "duckdb"]
    return _figures("feast", command, dict(os.environ))


def run(
    role: str, settings: dict[str, str], folder: Path = ROOT, questions: int = 0, events: int = 0
) -> dict[str, float]:
    """Runs one role of `benchmarks.history.run`, with W12 and a separate folder for jobs."""
    with tempfile.TemporaryDirectory() as var:
        own = {"HEADRACE_SPECS": str(w12.SPECS), "HEADRACE_VAR": var, "HEADRACE_QUALITY": "false"}
        command = [sys.executable, "-m", "benchmarks.history.run", role, f"--files={folder}"]
        command += [f"--questions={questions}", f"--events={events}"]
        return _figures(role, command, os.environ | own | settings)


def _figures(role: str, command: list[str], environment: dict[str, str]) -> dict[str, float]:
    process = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    figures: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    print(role, figures, file=sys.stderr, flush=True)
    return figures
