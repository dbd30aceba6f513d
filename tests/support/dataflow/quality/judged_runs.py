"""Runs the live graph with the quality branch to its end: the clock stands still, intervals close at the end of input.

>>> left = judged_run(definitions, {"orders": [[raw_batch("0", events)]]})
>>> of_features(left)["spend", START].summary.rows
20
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from connectors.messages import RawBatch
from connectors.redis.endpoints.loss_detector import FirstItem
from dataflows.definitions.loader import Definitions
from dataflows.graph import build
from dataflows.quality.intervals import Intervals
from dataflows.quality.options import Quality
from dataflows.run import Run
from dataflows.windows.clocks import WallClock
from reports.alerting.thresholds import Limits
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, Partitions, ports
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.quality.closed_reports import LENGTH_MS
from tests.support.dataflow.runs import SHARDS, Crash, execute

ALL = 1_000_000
"""Keeps all intervals open: more than there are."""


def judged_run(
    definitions: Definitions,
    partitions: Partitions,
    *,
    workers: int = 1,
    left: Left | None = None,
    crash: Crash | None = None,
    recovery: Path | None = None,
    processed_ms: int | None = None,
    entities: int = 10_000,
    judged: bool = True,
    shards: int = SHARDS,
) -> Left:
    """Runs the graph; with `left` and `recovery` of an earlier run it continues from there.

    Given `processed_ms`, values are judged by processing time, which is fixed at it; otherwise the clock stands at 0.
    With more `entities` than given, a sample is profiled; nothing is without `judged`. Raises CrashError when `crash`
    strikes.
    """
    left = left or Left(definitions)
    left.runs += 1
    run = replace(_run(processed_ms, entities), shards=shards)
    run = run if judged else replace(run, quality=None)
    ends = ports(left, partitions, _before(crash), [FirstItem()])
    execute(build(definitions, ends, run), workers, recovery)
    return left


def _run(processed_ms: int | None, entities: int) -> Run:
    now = _standing(processed_ms or 0)
    intervals = Intervals(LENGTH_MS, processed_ms is not None, now, behind=ALL)
    return Run(
        clock_of=lambda marks: WallClock(_standing(0), marks),
        now=now,
        begun=1,
        everywhere=False,
        shards=SHARDS,
        sink_partitions=SINK_PARTITIONS,
        prefix="test",
        quality=Quality(intervals, Limits(), bounded=True, prefix="test", entities=entities),
    )


def _standing(time_ms: int) -> Callable[[], int]:
    return lambda: time_ms


def _before(crash: Crash | None) -> Callable[[RawBatch], None]:
    return lambda _: crash() if crash else None
