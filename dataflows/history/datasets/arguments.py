"""Turns arguments of a command or of Python into a request."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from dataflows.definitions import Definitions
from dataflows.definitions.model import durations
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.questions import FeatureSelection, KeyedSpine, SpineColumns, select
from dataflows.history.datasets.questions.definition_copies import texts_of
from dataflows.history.datasets.questions.ticks import Ticks, at_every, at_time, time_of
from dataflows.history.datasets.request import DatasetRequest, sha256_of
from dataflows.history.datasets.spine import Spine, TimeUnit
from dataflows.history.datasets.table.answers import VALUE_MODES, ValueMode
from dataflows.history.selection import names_in

SpineOpener = Callable[[Collection[str]], Spine]
"""Opens a spine, given its columns of ids and times."""
_MS = re.compile(r"0|[0-9]{1,12}ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetArguments:
    """A request as written; `features` may be separated by commas."""

    entities: tuple[str, ...]
    time: str | None = None
    time_unit: TimeUnit = "auto"
    features: tuple[str, ...] = ()
    feature_set: str | None = None
    at: str | None = None
    every: str | None = None
    start: str | None = None
    end: str | None = None
    mode: ValueMode = "true"
    lag: str = "0"


def request_of(
    arguments: DatasetArguments, opening: SpineOpener | None, definitions: Definitions, specs: Path
) -> DatasetRequest:
    """Builds the request for a spine, or without one for all entities. Raises DatasetError."""
    if arguments.mode not in VALUE_MODES:
        raise DatasetError(f"mode {arguments.mode!r}; expected one of {', '.join(VALUE_MODES)}")
    if arguments.time_unit not in get_args(TimeUnit):
        raise DatasetError(f"time_unit {arguments.time_unit!r}; expected one of {', '.join(get_args(TimeUnit))}")
    selection = select(definitions, arguments.entities, names_in(arguments.features), arguments.feature_set)
    rows = _ticks(arguments, selection) if opening is None else _keyed(arguments, selection, opening)
    return DatasetRequest(
        selection,
        texts_of(specs, selection.definitions),
        rows,
        sha256_of(rows),
        arguments.mode,
        lag_of(arguments.lag),
        arguments.feature_set,
    )


def lag_of(text: str) -> int:
    """Parses a lag to ms: a duration, a number of ms such as `250ms`, or 0. Raises DatasetError.

    >>> lag_of("5s"), lag_of("250ms"), lag_of("0")
    (5000, 250, 0)
    """
    if _MS.fullmatch(text):
        return int(text.removesuffix("ms"))
    return _duration(text, "lag")


def _keyed(arguments: DatasetArguments, selection: FeatureSelection, opening: SpineOpener) -> KeyedSpine:
    if given := [name for name in ("at", "every", "start", "end") if getattr(arguments, name) is not None]:
        raise DatasetError(f"{_option(given[0])} applies to all entities, without a spine; expected one or the other")
    if arguments.time is None:
        raise DatasetError(
            "no time column; expected the column of the spine that contains the times, such as --time label_time"
        )
    columns = SpineColumns(arguments.time, selection.columns, arguments.time_unit)
    return KeyedSpine(opening({arguments.time, *selection.columns.values()}), columns)


def _ticks(arguments: DatasetArguments, selection: FeatureSelection) -> Ticks:
    if len(selection.columns) > 1:
        raise DatasetError("without a spine, each row has one entity; expected --entity once")
    (entity_id,) = selection.columns
    if arguments.time is not None:
        raise DatasetError(
            "--time names a column of a spine, but there is no spine; expected --spine FILE, or no --time"
        )
    if arguments.at is not None and arguments.every is arguments.start is arguments.end is None:
        return at_time(entity_id, time_of(arguments.at, "--at"))
    if arguments.every is None or arguments.start is None or arguments.end is None or arguments.at is not None:
        raise DatasetError("expected a spine (--spine FILE), one time (--at T) or times (--every 1h --from A --to B)")
    first, last = time_of(arguments.start, "--from"), time_of(arguments.end, "--to")
    return at_every(entity_id, _duration(arguments.every, "every"), first, last)


def _duration(text: str, option: str) -> int:
    try:
        return durations.parse(text)
    except ValueError:
        raise DatasetError(f"--{option} {text!r}; expected {durations.EXPECTED}") from None


def _option(name: str) -> str:
    return {"start": "--from", "end": "--to"}.get(name, f"--{name}")
