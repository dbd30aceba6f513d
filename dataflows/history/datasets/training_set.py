"""Training sets in Python: what `headrace dataset` makes, as a table in memory."""

import os
import time as clock
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pyarrow as pa
from bytewax.dataflow import Dataflow

from dataflows.definitions import load
from dataflows.history.datasets.arguments import DatasetArguments, SpineOpener, request_of
from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.history_fold import HistoryFold
from dataflows.history.datasets.request import DatasetRequest
from dataflows.history.datasets.spine import TableSpine, TimeUnit, open_spine
from dataflows.history.datasets.table import ValueMode
from dataflows.history.execution import execution_of
from dataflows.history.job import Job
from dataflows.history.jobs import discard, forget, other_version
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode
from reports.moments import instant

TableForm = Literal["polars", "pandas", "arrow"]


def training_set(
    spine: Any = None,
    *,
    entity: str | Sequence[str] = (),
    time: str | None = None,
    features: str | Sequence[str] = (),
    set: str | None = None,
    at: str | int | None = None,
    every: str | None = None,
    start: str | int | None = None,
    end: str | int | None = None,
    mode: ValueMode = "true",
    lag: str = "0",
    time_unit: TimeUnit = "auto",
    as_: TableForm = "polars",
) -> Any:
    """The features of each row of a spine at the row's time, as a polars or pandas frame or an Arrow table.

    A spine is a frame, an Arrow table or the path of a file. Without one, `at` asks for all entities at a time, `every`
    (such as "1h") at all times from `start` to `end`. Times are texts in ISO 8601 or ms since 1970. Settings are those
    of the environment. Raises DatasetError and DefinitionErrors.
    """
    if as_ not in ("polars", "pandas", "arrow"):
        raise DatasetError(f"as_ {as_!r}; expected polars, pandas or arrow")
    arguments = DatasetArguments(
        entities=_several(entity),
        time=time,
        time_unit=time_unit,
        features=_several(features),
        feature_set=set,
        at=_time(at),
        every=every,
        start=_time(start),
        end=_time(end),
        mode=mode,
        lag=lag,
    )
    return _as(_table(arguments, None if spine is None else _opening(spine)), as_)


def _table(arguments: DatasetArguments, opening: SpineOpener | None) -> pa.Table:
    settings = load_settings()
    request = request_of(arguments, opening, load(settings.specs), settings.specs)
    for note in request.deprecations:
        warnings.warn(note, DeprecationWarning, stacklevel=3)
    job = Job(_folder(request, settings))
    if other_version(job) is not None:
        forget(job)
    try:
        table = DatasetBuilder(job, _fold(settings), _now).to_table(request)
    except DatasetError:
        discard(job)
        raise
    discard(job)
    return table


def _folder(request: DatasetRequest, settings: Settings) -> Path:
    """A folder of this process alone: a command or another notebook may ask for the same at the same time."""
    folder = request.folder(settings.var)
    return folder.with_name(f"{folder.name}-{os.getpid()}")


def _fold(settings: Settings) -> HistoryFold:
    """Errors of the engine come out as exceptions: the process is not ours."""
    mode = RunMode(bounded=True, checkpointed=False, stopping=_never, now=_now)
    execution = execution_of(settings, _now, _unguarded, _never)
    return HistoryFold(settings, mode, execution, processes=settings.history_processes)


def _opening(spine: Any) -> SpineOpener:
    if isinstance(spine, str | Path):
        return lambda kept: open_spine(Path(spine), kept)
    table = _arrow_of(spine)
    return lambda kept: TableSpine(table)


def _arrow_of(frame: Any) -> pa.Table:
    """A frame as an Arrow table; what pandas needs to make the same frame again stays in its metadata."""
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    if type(frame).__module__.startswith("pandas"):
        return pa.Table.from_pandas(frame)
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    raise DatasetError(f"a spine of type {type(frame).__name__}; expected a frame, an Arrow table or a path")


def _as(table: pa.Table, form: TableForm) -> Any:
    if form == "pandas":
        return table.to_pandas()
    return pl.DataFrame(table) if form == "polars" else table


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _time(at: str | int | None) -> str | None:
    return instant(at) if isinstance(at, int) else at


def _now() -> int:
    return clock.time_ns() // 1_000_000


def _never() -> bool:
    return False


def _unguarded(flow: Dataflow) -> Dataflow:
    return flow
