"""Builds training sets in Python: like `headrace dataset`, as a table in memory."""

import os
import tempfile
import time as clock
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from bytewax.dataflow import Dataflow

from dataflows.definitions import load
from dataflows.history.datasets.arguments import DatasetArguments, SpineOpener, request_of
from dataflows.history.datasets.arrow_types import frame_of
from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.history_fold import HistoryFold
from dataflows.history.datasets.request import DatasetRequest
from dataflows.history.datasets.spine import TableSpine, TimeUnit, open_spine, table_of
from dataflows.history.datasets.table import ValueMode
from dataflows.history.execution import execution_of
from dataflows.history.job import Job
from dataflows.history.jobs import discard
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode

Moment = str | int | datetime
TableForm = Literal["polars", "pandas", "arrow"]

_LOADED_BY = os.getpid()
"""A process that is forked from this one has none of the threads of polars, and would wait for them for ever."""
_FORKED = (
    "training_set was called in a forked process, where the threads of polars do not exist; hint: start processes with "
    'multiprocessing.get_context("spawn"), or set HEADRACE_HISTORY_PROCESSES'
)


def training_set(
    spine: Any = None,
    *,
    entity: str | Sequence[str] | None = (),
    time: str | None = None,
    features: str | Sequence[str] | None = (),
    set: str | None = None,
    at: Moment | None = None,
    every: str | timedelta | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    mode: ValueMode = "true",
    lag: str | timedelta = "0",
    time_unit: TimeUnit = "auto",
    as_: TableForm = "polars",
) -> Any:
    """Returns the features of each row of a spine at the row's time, as a polars or pandas frame or an Arrow table.

    A spine is a frame, an Arrow table or the path of a file. Without one, `at` asks for all entities at a time, `every`
    (such as "1h") at all times from `start` to `end`. Times are texts in ISO 8601, ms since 1970 or datetimes (UTC
    without a zone). Settings come from the environment. Raises DatasetError and DefinitionErrors.
    """
    if as_ not in ("polars", "pandas", "arrow"):
        raise DatasetError(f"as_ {as_!r}; expected polars, pandas or arrow")
    if os.getpid() != _LOADED_BY:
        raise DatasetError(_FORKED)
    arguments = DatasetArguments(
        entities=_several(entity),
        time=time,
        time_unit=time_unit,
        features=_several(features),
        feature_set=set,
        at=_time("at", at),
        every=_span("every", every),
        start=_time("start", start),
        end=_time("end", end),
        mode=mode,
        lag=_span("lag", lag) or "0",
    )
    return _as(_table(arguments, None if spine is None else _opening(spine)), as_)


def _table(arguments: DatasetArguments, opening: SpineOpener | None) -> pa.Table:
    settings = load_settings()
    request = request_of(arguments, opening, load(settings.specs), settings.specs)
    for note in request.deprecations:
        warnings.warn(note, DeprecationWarning, stacklevel=3)
    job = Job(_folder(request, settings))
    try:
        return DatasetBuilder(job, _fold(settings), _now).to_table(request)
    finally:
        discard(job)


def _folder(request: DatasetRequest, settings: Settings) -> Path:
    """Creates a new folder for this call, because other threads, notebooks and commands may make the same request."""
    folder = request.folder(settings.var)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))


def _fold(settings: Settings) -> HistoryFold:
    """Builds the fold; errors of the engine are raised as exceptions, because the process is not ours."""
    mode = RunMode(bounded=True, checkpointed=False, stopping=_never, now=_now)
    execution = execution_of(settings, _now, _unguarded, _never)
    return HistoryFold(settings, mode, execution, processes=settings.history_processes)


def _opening(spine: Any) -> SpineOpener:
    if isinstance(spine, str | Path):
        return lambda keys: open_spine(Path(spine), keys)
    table = table_of(spine)
    return lambda _: TableSpine(table)


def _as(table: pa.Table, form: TableForm) -> Any:
    if form == "pandas":
        return table.to_pandas()
    return frame_of(table) if form == "polars" else table


def _several(names: str | Sequence[str] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _time(option: str, moment: Any) -> str | None:
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    if isinstance(moment, int) and not isinstance(moment, bool):
        return str(moment)
    if moment is None or isinstance(moment, str):
        return moment
    raise DatasetError(f"{option} {moment!r}; expected an ISO 8601 string, ms since 1970 or a datetime")


def _span(option: str, span: Any) -> str | None:
    if isinstance(span, timedelta) and not span % timedelta(seconds=1):
        return f"{span // timedelta(seconds=1)}s"
    if span is None or isinstance(span, str):
        return span
    raise DatasetError(f"{option} {span!r}; expected a string such as '1h', or a timedelta of whole seconds")


def _now() -> int:
    return clock.time_ns() // 1_000_000


def _never() -> bool:
    return False


def _unguarded(flow: Dataflow) -> Dataflow:
    return flow
