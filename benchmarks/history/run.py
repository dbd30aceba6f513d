"""Carries out one run of `benchmarks.history`, such as `replay`, in this process and prints its figures as JSON.

Settings come from the environment, as for a command. Measuring starts once modules and kernels are loaded.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from bytewax.dataflow import Dataflow

from benchmarks import w12
from benchmarks.history import sql
from benchmarks.history.events import HistoryFiles
from benchmarks.history.shop import SHIPPED, fill
from benchmarks.measuring.process_figures import measured
from benchmarks.pipeline_run import TOPICS, on_topic
from dataflows.definitions.loader import Definitions, load
from dataflows.graph import used_sources
from dataflows.history import Job, RowRequest, execution_of, replay
from dataflows.history.datasets.arguments import DatasetArguments, request_of
from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.history_fold import HistoryFold
from dataflows.history.datasets.spine import open_spine
from dataflows.metrics import EVENTS
from dataflows.runtime.endpoints import ports_of
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode, topics_of

THREADS = 2


def now() -> int:
    return time.time_ns() // 1_000_000


def never() -> bool:
    return False


def unguarded(flow: Dataflow) -> Dataflow:
    return flow


MODE = RunMode(bounded=True, checkpointed=False, stopping=never, now=now)


def replayed(definitions: Definitions) -> dict[str, float]:
    """Replays all history of the topic and its archive to the online store."""
    settings = load_settings()
    topics = topics_of(settings, MODE)
    extents = {source.name: topics.extent(source.topic) for source in used_sources(definitions)}
    ends = replace(ports_of(settings, MODE), source=lambda read: topics.history(read.topic, extents[read.name]))
    execution = execution_of(settings, now, unguarded, never)
    compile_kernels()
    with tempfile.TemporaryDirectory(dir=settings.var) as folder:
        run = partial(replay, Job(Path(folder)), definitions, ends, RowRequest(), execution, {})
        figures = measured(run)
    return figures | {"events": _events()}


def training_set(files: HistoryFiles, questions: int) -> dict[str, float]:
    """Builds a data set for a spine, as `headrace dataset` does."""
    settings = load_settings()
    compile_kernels()
    entities = ("user_id", "item_id")
    arguments = DatasetArguments(entities=entities, time="time")
    spine, out = files.spine(questions), files.folder / "headrace.parquet"
    request = request_of(arguments, lambda names: open_spine(spine, names), load(settings.specs), settings.specs)
    fold = HistoryFold(settings, MODE, execution_of(settings, now, unguarded, never))
    with tempfile.TemporaryDirectory(dir=settings.var) as folder:
        builder = DatasetBuilder(Job(Path(folder)), fold, now)
        figures = measured(lambda: builder.to_file(request, out))
    return figures | {"events": _events(), "questions": questions}


def shipped_set(files: HistoryFiles, questions: int, events: int) -> dict[str, float]:
    """Builds a data set of all features of the demo shop, over topics filled beforehand."""
    os.environ["HEADRACE_SPECS"] = str(SHIPPED)
    fill(load_settings().var / "topics", files, questions, events)
    return training_set(files, questions)


def in_sql(way: str, files: HistoryFiles, questions: int) -> dict[str, float]:
    """Computes the same values with DuckDB."""
    run = sql.prepared(way, files, questions, THREADS)
    return measured(run) | {"questions": questions}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    roles = ["replay", "replay_topic", "training_set", "shipped_set"]
    parser.add_argument("role", choices=[*roles, *sql.WAYS])
    parser.add_argument("--files", type=Path, default=Path())
    parser.add_argument("--questions", type=int, default=0)
    parser.add_argument("--events", type=int, default=0)
    chosen = parser.parse_args()
    files = HistoryFiles(chosen.files)
    by_name: dict[str, Callable[[], dict[str, float]]] = {
        "replay": lambda: replayed(w12.definitions()),
        "replay_topic": lambda: replayed(on_topic(w12.definitions(), TOPICS["replay"])),
        "training_set": lambda: training_set(files, chosen.questions),
        "shipped_set": lambda: shipped_set(files, chosen.questions, chosen.events),
    }
    print(json.dumps(by_name.get(chosen.role, lambda: in_sql(chosen.role, files, chosen.questions))()))


def _events() -> float:
    return sum(
        sample.value for metric in EVENTS.collect() for sample in metric.samples if sample.name.endswith("_total")
    )


if __name__ == "__main__":
    main()
