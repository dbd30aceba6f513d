"""Events as the features take them: DuckDB evaluates filters and value expressions."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import duckdb
import pyarrow as pa

from dataflows.definitions.loader import Definitions, Feature, Source
from tests.support.oracle.declared_types import Scalar

Event = Mapping[str, object]
Arrival = tuple[str, Event]
"""The name of a source and a decoded event of it; a column is null if it is None or absent."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS_PER_UNIT = {"s": 1000.0, "ms": 1.0, "us": 0.001}
ARROW = {
    "STRING": pa.string(),
    "INT32": pa.int32(),
    "INT64": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "BOOL": pa.bool_(),
    "TIMESTAMP": pa.timestamp("ms"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One event: its time (ms), the entity of each type it has a key for, the value each feature took."""

    arrival: Arrival
    time: int
    keys: Mapping[str, str]
    taken: Mapping[str, Scalar]


def ms(moment: datetime) -> int:
    """Returns milliseconds since the epoch, truncated; a moment without a zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(milliseconds=1)


def event_time(source: Source, event: Event) -> int:
    """Returns when the event happened (ms); raises ValueError if the event does not say."""
    value, unit = event.get(source.event_time.column), source.event_time.unit
    if isinstance(value, datetime):
        return ms(value)
    if isinstance(value, str):
        return ms(datetime.fromisoformat(value))
    if isinstance(value, int):
        return value * 1000 if unit == "s" else value // 1000 if unit == "us" else value
    if isinstance(value, float):
        return math.floor(value * MS_PER_UNIT[unit])
    raise ValueError(f"source {source.name}: event time is {value!r}, expected a number, text or datetime")


def scalar(value: object) -> Scalar:
    """Returns a value that a feature may fold: decimals as floats, moments as ms, non-finite numbers as null."""
    if isinstance(value, datetime):
        return ms(value)
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r} of {type(value).__name__} is no value of an event")


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """Returns the connection of the process: opening one costs 25 ms, and the simulator asks once per batch."""
    return duckdb.connect(config={"threads": 1})


def query(table: pa.Table, expressions: Sequence[str]) -> list[tuple[object, ...]]:
    """Evaluates the SQL expressions over every row of the table, in the order of the rows."""
    _connection().register("event", table)
    rows = _connection().execute(f"SELECT {', '.join(expressions)} FROM event").fetchall()
    _connection().unregister("event")
    return rows


def gather(definitions: Definitions, arrivals: Sequence[Arrival]) -> list[Fact]:
    """Returns all events as facts, in the order given."""
    facts: dict[int, Fact] = {}
    for name, source in definitions.sources.items():
        places = [place for place, (of, _) in enumerate(arrivals) if of == name]
        features = [f for f in definitions.features if f.source == name]
        facts.update(zip(places, _read(source, features, [arrivals[p][1] for p in places]), strict=True))
    return [facts[place] for place in sorted(facts)]


def _read(source: Source, features: Sequence[Feature], events: Sequence[Event]) -> Iterator[Fact]:
    if not events:
        return
    rows = query(_table(source, events), ["1", *_expressions(features)])
    for event, row in zip(events, rows, strict=True):
        taken = {f.feature_name: scalar(v) for f, v in zip(features, row[2::2], strict=True)}
        wanted = zip(features, row[1::2], strict=True)
        names = [f.feature_name for f, take in wanted if take and _foldable(f, taken[f.feature_name])]
        keys = {e: str(event[c]) for e, c in source.entities.items() if event.get(c) is not None}
        values = {name: taken[name] for name in names}
        yield Fact((source.name, event), event_time(source, event), keys, values)


def _foldable(feature: Feature, value: Scalar) -> bool:
    return feature.value is None or value is not None


def _expressions(features: Sequence[Feature]) -> Iterator[str]:
    for feature in features:
        yield f"coalesce(({feature.filter or 'true'}), false)"
        yield f"({feature.value or 'NULL'})"


def _table(source: Source, events: Sequence[Event]) -> pa.Table:
    types = {column: str(kind) for column, kind in source.columns.items()}
    arrays = {c: pa.array([_cell(e.get(c), t) for e in events], ARROW[t]) for c, t in types.items()}
    return pa.table(arrays)


def _cell(value: object, column_type: str) -> object:
    if column_type != "TIMESTAMP" or value is None or isinstance(value, int):
        return value
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return ms(moment)
