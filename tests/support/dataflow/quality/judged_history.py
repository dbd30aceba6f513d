"""Runs history over given batches with judging: sends what a live run over the same events would send, too.

>>> left = judged_history(definitions, {"orders": [[raw_batch("0", events)]]}, tmp_path)
>>> of_features(left)["spend", START].summary.rows
20
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from dataflows.definitions.loader import Definitions
from dataflows.history import Execution, Job, RowRequest, execution_of, replay
from dataflows.runtime.settings import Settings
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, Partitions, ports
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.runs import SHARDS


def never() -> bool:
    """Never stops the run."""
    return False


def judged_history(
    definitions: Definitions,
    partitions: Partitions,
    folder: Path,
    asked: RowRequest | None = None,
    left: Left | None = None,
    since: Mapping[str, int] | None = None,
    **settings: object,
) -> Left:
    """Runs history with judging; with `left` and the folder of an earlier run it continues that one."""
    left = left or Left(definitions, runs=1)
    ends = ports(left, partitions, lambda _: None, [])
    asked = replace(asked or RowRequest(store=False), judged=True)
    assert replay(Job(folder, SHARDS), definitions, ends, asked, execution(settings), since or {})
    return left


def execution(settings: Mapping[str, object] | None = None, stopping: Callable[[], bool] = never) -> Execution:
    """Returns an execution of history in this process."""
    return execution_of(_settings(settings or {}), lambda: 0, lambda flow: flow, stopping)


def _settings(settings: Mapping[str, object]) -> Settings:
    known = {"shards": SHARDS, "sink_partitions": SINK_PARTITIONS, "quality_interval": 3_600}
    return Settings.model_validate({**known, **settings})
