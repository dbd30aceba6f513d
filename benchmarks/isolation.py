"""Measures how much the quality branch and its renderer slow down the features: `python -m benchmarks.isolation`.

Uses a real Pulsar and a real Redis, all on this machine. Each turn runs the same under four conditions: without the
quality branch, with it, with it while `headrace render` draws without a pause, and while its report store refuses every
write. The figures are the events per second and the CPU time of `benchmarks.pipeline` (live; the median of several
passes, since a pass takes seconds) and the p99 of `benchmarks.latency` (5,000 events per second). Ratios to the run
without the branch are taken within a turn; every turn begins with another condition; medians go to
benchmarks/results/isolation.json.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import latency, pipeline, w12
from benchmarks.measuring.machine import facts
from benchmarks.measuring.reports import write
from benchmarks.measuring.services import pulsar_and_redis
from connectors.pulsar import PulsarAdmin, PulsarConnection, publish
from tests.support.factories.quality.reports import INTERVAL_MS, START_MS, made_interval
from tests.support.services.redis_server import RedisServer

ROOT = Path(__file__).resolve().parent.parent
RATE = 5_000
BACKLOG = "persistent://public/default/headrace-quality-backlog"
PASSES = 3
INTERVALS = 14
"""Intervals of 42 features: more charts than a run leaves time for."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The conditions of a run: with or without the quality branch, and the renderer's work."""

    name: str
    quality: bool
    renderer: str = ""


CONDITIONS = (
    Condition("off", quality=False),
    Condition("on", quality=True),
    Condition("rendering saturated", quality=True, renderer="busy"),
    Condition("report store refuses", quality=True, renderer="refused"),
)
Turn = dict[str, dict[str, float]]


def main() -> None:
    """Runs the turns and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", type=int, default=541_909)
    parser.add_argument("--seconds", type=int, default=25)
    chosen = parser.parse_args()
    head = {"machine": facts(), "stream": w12.stream(), "rate": RATE}
    with pulsar_and_redis() as (connection, server):
        fill(connection, chosen.rows)
        turns = [turn(connection, server, chosen.seconds, number) for number in range(chosen.runs)]
    write("isolation", head | {"conditions": summary(turns), "all": turns})


def fill(connection: PulsarConnection, rows: int) -> None:
    """Publishes order lines, and reports that wait to be drawn."""
    pipeline.fill(connection, rows)
    PulsarAdmin(connection).ensure_topic(latency.topic(), 2)
    PulsarAdmin(connection).ensure_topic(BACKLOG, 1)
    for number in range(INTERVALS):
        interval = made_interval(start_ms=START_MS + number * INTERVAL_MS)
        keys = [feature.subject.feature for feature in interval.features]
        publish(connection, BACKLOG, keys, [feature.encode() for feature in interval.features])
        sources = [source.encode() for source in interval.sources]
        publish(connection, BACKLOG, [f"source:{source.source}" for source in interval.sources], sources)


def turn(connection: PulsarConnection, server: RedisServer, seconds: int, number: int) -> Turn:
    """Measures every condition once, beginning with another one in each turn."""
    first = number % len(CONDITIONS)
    order = CONDITIONS[first:] + CONDITIONS[:first]
    return {condition.name: under(condition, connection, server, seconds) for condition in order}


def under(condition: Condition, connection: PulsarConnection, server: RedisServer, seconds: int) -> dict[str, float]:
    """Measures several passes of the pipeline and one run of the latency benchmark."""
    server.flush()
    renderer = rendering(connection, refused=condition.renderer == "refused") if condition.renderer else nullcontext()
    with renderer:
        passes = [pipeline.child("pipeline", "live", connection, server, condition.quality) for _ in range(PASSES)]
        waits = latency.measure(connection, server, condition.quality, RATE, seconds)
    piped = {figure: median(turn[figure] for turn in passes) for figure in ("events_per_second", "cpu_seconds")}
    figures = piped | latency.summary(waits)
    print(condition.name, figures, file=sys.stderr)
    return figures


@contextmanager
def rendering(connection: PulsarConnection, refused: bool) -> Iterator[None]:
    """Keeps `headrace render` working on the backlog; with `refused`, its folder cannot be created because a file is in
    the way."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").touch()
        reports = Path(folder) / ("file/reports" if refused else "reports")
        environment = os.environ | {
            "HEADRACE_PULSAR_URL": connection.url,
            "HEADRACE_PULSAR_ADMIN_URL": connection.admin_url,
            "HEADRACE_QUALITY_TOPIC": BACKLOG,
            "HEADRACE_REPORTS_URL": str(reports),
            "HEADRACE_VAR": folder,
        }
        process = subprocess.Popen([sys.executable, "-m", "cli.main", "render"], cwd=ROOT, env=environment)
        try:
            time.sleep(5)  # lets it begin to draw, or to be refused
            yield
            assert process.poll() is None, "the renderer ended before the run did"
            assert drawing(reports) is not refused, "the renderer had nothing to draw, or drew what it could not"
        finally:
            process.terminate()
            process.wait()


def drawing(reports: Path) -> bool:
    """Returns whether a report was written just now."""
    written = [file.stat().st_mtime for file in reports.rglob("*.*")]
    return bool(written) and max(written) > time.time() - 10


def summary(turns: list[Turn]) -> dict[str, object]:
    """Returns medians, and their share of the run without the branch."""
    return {
        condition.name: {
            "events_per_second": round(median(turn[condition.name]["events_per_second"] for turn in turns)),
            "p50_ms": median(turn[condition.name]["p50"] for turn in turns),
            "p99_ms": median(turn[condition.name]["p99"] for turn in turns),
            "throughput_to_off": round(median(_ratio(turn, condition, "events_per_second") for turn in turns), 3),
            "cpu_to_off": round(median(_ratio(turn, condition, "cpu_seconds") for turn in turns), 3),
            "p99_to_off": round(median(_ratio(turn, condition, "p99") for turn in turns), 3),
        }
        for condition in CONDITIONS
    }


def _ratio(turn: Turn, condition: Condition, figure: str) -> float:
    return turn[condition.name][figure] / turn["off"][figure]


if __name__ == "__main__":
    main()
