"""A dataflow that only serves metrics, for tests of its supervisor. IDLE_FLOW sets its behaviour."""

import os
import signal
import sys
import time
from types import FrameType

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from prometheus_client import Counter, Gauge, Histogram

BEHAVIOUR = os.environ.get("IDLE_FLOW", "drain")
asked: list[int] = []
events = Counter("headrace_events", "events", ["source"])
freshness = Histogram("headrace_freshness_seconds", "freshness")


class Ticks(StatefulSourcePartition[int, None]):
    """Counts an event per call until asked to stop."""

    def next_batch(self) -> list[int]:
        if BEHAVIOUR == "die":
            print("this is why", file=sys.stderr)
            os._exit(7)
        if BEHAVIOUR == "killed" or (asked and BEHAVIOUR == "killed at the end"):
            os.kill(os.getpid(), signal.SIGKILL)
        if asked and BEHAVIOUR != "hang":
            raise StopIteration
        time.sleep(0.01)
        events.labels("orders").inc()
        freshness.observe(0.02)
        return []

    def snapshot(self) -> None:
        return None


class Source(FixedPartitionedSource[int, None]):
    """One partition of ticks."""

    def list_parts(self) -> list[str]:
        return ["0"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> Ticks:
        return Ticks()


class Nothing(StatelessSinkPartition[int]):
    """Drops its items."""

    def write_batch(self, items: list[int]) -> None:
        pass


class Sink(DynamicSink[int]):
    """Drops its items."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Nothing:
        return Nothing()


def on_sigterm(number: int, _frame: FrameType | None) -> None:
    asked.append(number)


signal.signal(signal.SIGTERM, on_sigterm)
print("quality interval", os.environ.get("HEADRACE_QUALITY_INTERVAL"))
Gauge("headrace_features", "features", ["entity"]).labels("user").set(3)
flow = Dataflow("idle")
op.output("out", op.input("in", flow, Source()), Sink())
