"""W12 at the times of a spine in DuckDB, over typed Parquet: the peer of a training set in `benchmarks.history`.

The values equal Headrace's: events before the time, from the start of the window's tail, which is floored to the hop.
Three ways compute them, and one looks up precomputed values:

- range_join: questions joined with the events of their entity between tail and time, aggregated by question
- bucket_join: the same, each question joined only with the events of its entity in the months it can reach
- windows: questions among the events, window functions with a RANGE that each row says for itself
- json_bucket_join: bucket_join over the archive itself, payloads of JSON, as Headrace reads them
- asof_lookup: ASOF join with rows that are precomputed at every event: a lookup, and not the same values, because
  windows move on between events. Only the lookup is measured.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from benchmarks import w12
from benchmarks.history.events import HistoryFiles
from dataflows.definitions.loader import Feature

ENTITIES = ("user_id", "item_id")
MONTH_MS = 31 * 86_400_000
"""No window of W12 reaches further back, tail included."""
AGGREGATES = {
    "count": "count({v}){f}",
    "sum": "coalesce(sum({v}){f}, 0)",
    "mean": "avg({v}){f}",
    "max": "max({v}){f}",
    "std": "stddev_samp({v}){f}",
}
STRUCTURE = (
    '{"event_type": "VARCHAR", "user_id": "VARCHAR", "item_id": "VARCHAR", "quantity": "BIGINT", '
    '"amount": "DOUBLE", "timestamp": "BIGINT"}'
)
Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """A connection and the questions to it."""

    connection: duckdb.DuckDBPyConnection
    files: HistoryFiles
    spine: Path
    out: Path

    @property
    def events(self) -> Path:
        return self.files.typed


def prepared(way: str, files: HistoryFiles, questions: int, threads: int) -> Run:
    """Prepares a way, and returns the part of it to run and measure."""
    out = files.folder / f"{way}.parquet"
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    connection.execute(f"SET temp_directory = '{files.folder / 'duckdb'}'")
    return WAYS[way](Asked(connection, files, files.spine(questions), out))


def range_join(asked: Asked) -> Run:
    return partial(_joined, asked, by_bucket=False)


def bucket_join(asked: Asked) -> Run:
    return partial(_joined, asked, by_bucket=True)


def json_bucket_join(asked: Asked) -> Run:
    """Decodes the payloads once, into a table of the columns that features read."""

    def run() -> None:
        asked.connection.execute(
            f"CREATE TABLE lines AS SELECT unnest(from_json(decode(payload), '{STRUCTURE}')) "
            f"FROM '{asked.files.archive}/**/*.parquet'"
        )
        _joined(asked, by_bucket=True, events="lines")

    return run


def windows(asked: Asked) -> Run:
    def run() -> None:
        _spine(asked)
        for entity in ENTITIES:
            asked.connection.execute(_windows_sql(asked, entity))
        _write(asked)

    return run


def asof_lookup(asked: Asked) -> Run:
    def run() -> None:
        _spine(asked)
        for entity in ENTITIES:
            columns = ", ".join(f"r.{feature.feature_name}" for feature in features(entity))
            asked.connection.execute(
                f"CREATE TABLE of_{entity} AS SELECT s.row, {columns} FROM spine s ASOF LEFT JOIN "
                f"'{asked.files.rows(entity)}' r ON s.{entity} = r.{entity} AND s.time > r.time"
            )
        _write(asked)

    return run


def write_rows(files: HistoryFiles) -> None:
    """Writes a row for each event and entity with a column for each feature, for lookups, to which the values do not
    matter."""
    for entity in ENTITIES:
        columns = ", ".join(f"amount AS {feature.feature_name}" for feature in features(entity))
        if not files.rows(entity).exists():
            duckdb.sql(
                f"COPY (SELECT {entity}, timestamp AS time, epoch_ms(timestamp) AS event_timestamp, {columns} "
                f"FROM '{files.typed}' WHERE {entity} IS NOT NULL) TO '{files.rows(entity)}' (COMPRESSION zstd)"
            )


WAYS: dict[str, Callable[[Asked], Run]] = {
    "range_join": range_join,
    "bucket_join": bucket_join,
    "json_bucket_join": json_bucket_join,
    "windows": windows,
    "asof_lookup": asof_lookup,
}


def features(entity: str) -> tuple[Feature, ...]:
    """Returns the features of an entity type."""
    return w12.definitions().of_entity(entity)


def _spine(asked: Asked) -> None:
    asked.connection.execute(f"CREATE TABLE spine AS SELECT row_number() OVER () - 1 AS row, * FROM '{asked.spine}'")


def _write(asked: Asked) -> None:
    asked.connection.execute(
        f"COPY (SELECT * EXCLUDE (row) FROM spine JOIN of_user_id USING (row) JOIN of_item_id USING (row) "
        f"ORDER BY row) TO '{asked.out}' (COMPRESSION zstd)"
    )


def _joined(asked: Asked, by_bucket: bool, events: str = "") -> None:
    _spine(asked)
    for entity in ENTITIES:
        asked.connection.execute(_join_sql(events or f"'{asked.events}'", entity, by_bucket))
    _write(asked)


def _join_sql(events: str, entity: str, by_bucket: bool) -> str:
    columns = ", ".join(_of_join(feature) for feature in features(entity))
    first = f"s.time - {_longest(entity)}"
    if not by_bucket:
        return (
            f"CREATE TABLE of_{entity} AS SELECT s.row, {columns} FROM spine s LEFT JOIN {events} e "
            f"ON e.{entity} = s.{entity} AND e.timestamp < s.time AND e.timestamp >= {first} GROUP BY s.row"
        )
    reached = f"unnest(range(({first}) // {MONTH_MS}, s.time // {MONTH_MS} + 1))"
    return (
        f"CREATE TABLE of_{entity} AS WITH asked AS (SELECT s.row, s.{entity} AS id, s.time, {reached} AS bucket "
        f"FROM spine s), parts AS (SELECT *, timestamp // {MONTH_MS} AS bucket FROM {events}) "
        f"SELECT s.row, {columns} FROM asked s LEFT JOIN parts e ON e.{entity} = s.id AND e.bucket = s.bucket "
        f"AND e.timestamp < s.time AND e.timestamp >= {first} GROUP BY s.row"
    )


def _of_join(feature: Feature) -> str:
    inside = f"e.timestamp >= {_tail(feature, 's.time')}"
    return _aggregate(feature, " AND ".join([inside, *_conditions(feature)]), "e.timestamp")


def _windows_sql(asked: Asked, entity: str) -> str:
    frames = {(feature.window_ms, feature.hop_ms): f"w{number}" for number, feature in enumerate(features(entity))}
    columns = ", ".join(_of_window(feature, frames) for feature in features(entity))
    return (
        f"CREATE TABLE of_{entity} AS WITH line AS ({_line(asked, entity)}), answered AS "
        f"(SELECT row, {columns} FROM line WINDOW {', '.join(_frames(frames))}) "
        "SELECT * FROM answered WHERE row IS NOT NULL"
    )


def _line(asked: Asked, entity: str) -> str:
    """Returns the SQL of events, and of questions as events without a value."""
    return (
        f"SELECT NULL AS row, {entity} AS id, timestamp AS time, event_type, quantity, amount, timestamp "
        f"FROM '{asked.events}' WHERE {entity} IS NOT NULL UNION ALL "
        f"SELECT row, {entity}, time, NULL, NULL, NULL, NULL FROM spine"
    )


def _frames(frames: dict[tuple[int, int], str]) -> Iterator[str]:
    for (window, hop), name in frames.items():
        reach = f"(time - (time - {window}) // {hop} * {hop})"
        yield f"{name} AS (PARTITION BY id ORDER BY time RANGE BETWEEN {reach} PRECEDING AND 1 PRECEDING)"


def _of_window(feature: Feature, frames: dict[tuple[int, int], str]) -> str:
    over = f" OVER {frames[feature.window_ms, feature.hop_ms]}"
    return _aggregate(feature, " AND ".join(_conditions(feature)), "timestamp", over)


def _aggregate(feature: Feature, condition: str, counted: str, over: str = "") -> str:
    filtered = (f" FILTER ({condition})" if condition else "") + over
    call = AGGREGATES[str(feature.aggregation)]
    return f"{call.format(v=feature.value or counted, f=filtered)} AS {feature.feature_name}"


def _conditions(feature: Feature) -> list[str]:
    return [feature.filter] if feature.filter else []


def _tail(feature: Feature, time: str) -> str:
    return f"({time} - {feature.window_ms}) // {feature.hop_ms} * {feature.hop_ms}"


def _reach(feature: Feature) -> int:
    return feature.window_ms + feature.hop_ms


def _longest(entity: str) -> int:
    return max(map(_reach, features(entity)))


def differing(files: HistoryFiles, way: str) -> int:
    """Counts the values of a way that differ from the training set: integers exactly, others by more than 1e-9."""
    names = [feature.feature_name for entity in ENTITIES for feature in features(entity)]
    ours, theirs = (pl.read_parquet(files.folder / f"{name}.parquet", columns=names) for name in ("headrace", way))
    return sum(_differing(ours[name], theirs[name]) for name in names)


def _differing(values: pl.Series, other: pl.Series) -> int:
    ours, theirs = values.cast(pl.Float64), other.cast(pl.Float64)
    apart = (ours - theirs).abs() > 1e-9 * (1 + ours.abs())
    return int(((ours.is_null() != theirs.is_null()) | apart.fill_null(False)).sum())
