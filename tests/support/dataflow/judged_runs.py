"""The same events judged twice: by the live graph, whose clock stands, and as history.

>>> judged_live(definitions, partitions).reports == judged_history(definitions, partitions, tmp_path).reports
True
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from connectors.redis.loss_detector import Started
from dataflows.definitions.loader import Definitions
from dataflows.graph import build
from dataflows.history import Execution, Job, RowsAsked, execution_of, replay
from dataflows.run import Run
from dataflows.runtime.options import quality_of
from dataflows.runtime.settings import Settings
from dataflows.windows.clocks import WallClock
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, Partitions, ports
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.runs import SHARDS, execute

STANDS_AT = 1
"""Before all events: no boundary passes before its time."""


def never() -> bool:
    """Nothing stops the run."""
    return False


def judged_live(definitions: Definitions, partitions: Partitions, workers: int = 1, **settings: object) -> Left:
    """The live graph over all batches; intervals close when later rows come."""
    left = Left(definitions, runs=1)
    run = Run(
        clock_of=lambda marks: WallClock(lambda: STANDS_AT, marks),
        now=lambda: STANDS_AT,
        begun=STANDS_AT,
        everywhere=False,
        shards=SHARDS,
        sink_partitions=SINK_PARTITIONS,
        prefix="test",
        quality=quality_of(_settings(settings), lambda: STANDS_AT, bounded=True),
    )
    execute(build(definitions, ports(left, partitions, lambda _: None, [Started()]), run), workers, None)
    return left


def judged_history(
    definitions: Definitions,
    partitions: Partitions,
    folder: Path,
    asked: RowsAsked | None = None,
    left: Left | None = None,
    since: Mapping[str, int] | None = None,
    **settings: object,
) -> Left:
    """The same as history; with `left` and the folder of an earlier run it goes on."""
    left = left or Left(definitions, runs=1)
    ends = ports(left, partitions, lambda _: None, [])
    asked = replace(asked or RowsAsked(store=False), judged=True)
    assert replay(Job(folder, SHARDS), definitions, ends, asked, execution(settings), since or {})
    return left


def execution(settings: Mapping[str, object] | None = None, stopping: Callable[[], bool] = never) -> Execution:
    """How history is run, in this process."""
    return execution_of(_settings(settings or {}), lambda: 0, lambda flow: flow, stopping)


def _settings(settings: Mapping[str, object]) -> Settings:
    known = {"shards": SHARDS, "sink_partitions": SINK_PARTITIONS, "quality_interval": 3_600}
    return Settings.model_validate({**known, **settings})
