"""Carries out one run of `benchmarks.pipeline` in this process and prints its figures as JSON."""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pulsar
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import run_main
from prometheus_client import Counter

from benchmarks import w12
from benchmarks.measuring.wall_clock_run import wall_clock_run
from connectors.messages import RawBatch
from dataflows.definitions.loader import Definitions, Source
from dataflows.graph import build
from dataflows.metrics import EVENTS, ROWS
from dataflows.run import Ports
from dataflows.runtime.endpoints import ports_of
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode
from tests.support.dataflow.bounded_flow import bounded_flow

TOPICS = {
    "live": "persistent://public/default/pipeline-live",
    "replay": "persistent://public/default/pipeline-replay",
}
# Bytewax's compiled parts have no types
INIT: Callable[[Path, int], None] = init_db_dir
RECOVERY: Callable[[str], RecoveryConfig] = RecoveryConfig
RUN: Callable[..., None] = run_main
FIRST_READ: list[float] = []
"""When the first partition was opened: the clock of a run starts there, as the bare reader's does."""
EPOCH = timedelta(seconds=1)
MODE = RunMode(bounded=True, checkpointed=True, stopping=lambda: False, now=lambda: time.time_ns() // 1_000_000)


def main() -> None:
    """Runs `reader KIND` or `pipeline KIND`."""
    role, kind = sys.argv[1:]
    measured = {"reader": read, "pipeline": run}[role](kind)
    print(json.dumps(measured))


def read(kind: str) -> dict[str, float]:
    """Reads all payloads of the topic with the client library alone."""
    settings = load_settings()
    client = pulsar.Client(settings.pulsar_url, logger=pulsar.ConsoleLogger(pulsar.LoggerLevel.Error))
    partitions = client.get_topic_partitions(TOPICS[kind])
    readers = [client.create_reader(name, pulsar.MessageId.earliest, receiver_queue_size=10_000) for name in partitions]
    begun, cpu = time.perf_counter(), time.process_time()
    count = sum(_drain(reader) for reader in readers)
    figures = _figures(count, begun, cpu)
    client.close()
    return figures


def _drain(reader: pulsar.Reader) -> int:
    count = 0
    while reader.has_message_available():
        try:
            while True:
                reader.read_next(timeout_millis=50).data()
                count += 1
        except pulsar.Timeout:
            continue
    return count


def run(kind: str) -> dict[str, float]:
    """Runs the whole graph, with a recovery store."""
    definitions = on_topic(w12.definitions(), TOPICS[kind])
    compile_kernels()
    flow = {"live": live, "replay": replay}[kind](definitions)
    with tempfile.TemporaryDirectory() as store:
        INIT(Path(store), 4)
        cpu = time.process_time()
        RUN(flow, epoch_interval=EPOCH, recovery_config=RECOVERY(store))
        figures = _figures(_total(EVENTS), FIRST_READ[0], cpu)
    return figures | {"rows": _total(ROWS)}


class Timed(FixedPartitionedSource[RawBatch, bytes]):
    """A source that records when it was opened."""

    def __init__(self, source: FixedPartitionedSource[RawBatch, bytes]) -> None:
        self._source = source

    def list_parts(self) -> list[str]:
        return self._source.list_parts()

    def build_part(
        self, step_id: str, for_part: str, resume_state: bytes | None
    ) -> StatefulSourcePartition[RawBatch, bytes]:
        part = self._source.build_part(step_id, for_part, resume_state)
        FIRST_READ.append(time.perf_counter())
        return part


def timed(settings: Settings) -> Ports:
    """Returns the real inputs and outputs, with the time each source was opened."""
    ports = ports_of(settings, MODE)
    return replace(ports, source=lambda source: Timed(ports.source(source)))


def live(definitions: Definitions) -> Dataflow:
    """Builds a run by the wall clock that ends at the last message; with the quality branch unless HEADRACE_QUALITY is
    false."""
    settings = load_settings()
    return build(definitions, timed(settings), wall_clock_run(settings, MODE.now))


def replay(definitions: Definitions) -> Dataflow:
    """Builds a run by the event-time watermark."""
    settings = load_settings()
    return bounded_flow(definitions, timed(settings), settings, MODE.now)


def on_topic(definitions: Definitions, topic: str) -> Definitions:
    """Returns the same definitions, read from another topic."""
    moved: dict[str, Source] = {
        name: source.model_copy(update={"topic": topic}) for name, source in definitions.sources.items()
    }
    return replace(definitions, sources=moved)


def _figures(events: float, begun: float, cpu: float) -> dict[str, float]:
    seconds = time.perf_counter() - begun
    return {
        "events": events,
        "seconds": seconds,
        "events_per_second": events / seconds,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _total(counter: Counter) -> float:
    return sum(
        sample.value for metric in counter.collect() for sample in metric.samples if sample.name.endswith("_total")
    )


if __name__ == "__main__":
    main()
