"""The value of every feature for many retail entities at many times, as set-based SQL in DuckDB."""

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import numpy as np
import polars as pl

from dataflows.definitions.loader import Definitions, Feature
from tests.support.oracle.aggregations import Expected, typed
from tests.support.oracle.declared_types import Value, number
from tests.support.oracle.derived_features import derive
from tests.support.oracle.event_facts import scalar

Point = tuple[str, int]
"""An entity and a time (ms)."""

AWAY_MS = (0, 7_200_000, 259_200_000, 3_456_000_000)

IN_ORDER = "list({v} ORDER BY time, {v}) FILTER ({v} IS NOT NULL)"
NEWEST_FIRST = "list({v} ORDER BY time DESC, {v} DESC) FILTER ({v} IS NOT NULL)"
QUANTILE = "list_sort(list({v}) FILTER ({v} IS NOT NULL))[1 + floor({quantile} * (count({v}) - 1))::BIGINT]"
SIZE = "1e-9 * max(abs({v}))"
SQL: Mapping[str, tuple[str, str]] = {
    "count": ("count({v})", "0.0"),
    "sum": ("coalesce({sum}({v}), 0)", "1e-9 * fsum(abs({v}))"),
    "mean": ("favg({v})", "1e-9 * avg(abs({v}))"),
    "std": ("stddev_samp({v})", SIZE),
    "var": ("var_samp({v})", f"{SIZE} * stddev_samp({{v}}) + ({SIZE}) ** 2"),
    "min": ("min({v})", "0.0"),
    "max": ("max({v})", "0.0"),
    "first": (f"({IN_ORDER})[1]", "0.0"),
    "last": (f"({NEWEST_FIRST})[1]", "0.0"),
    "last_k": (f"coalesce(({NEWEST_FIRST})[1:{{k}}], [])", "0.0"),
    "distinct_count": ("count(DISTINCT {v})", "0.0"),
    "approx_distinct": (
        "count(DISTINCT {v})",
        "CASE WHEN count(DISTINCT {v}) > 1 "
        "THEN greatest(1.0, 5.2 * count(DISTINCT {v}) / sqrt(2 ** {precision})) ELSE 0.0 END",
    ),
    "quantile": (QUANTILE, f"{{relative_error}} * abs({QUANTILE})"),
    "time_since_last": ("(max(moment) - max(time) FILTER ({v} IS NOT NULL)) / 1000", "0.0"),
}


class RetailOracle:
    """All order lines in DuckDB; answers for any number of (entity, time) points at once.

    A column `known` of the events holds when each was known (ms): no point sees it before.

    >>> oracle = RetailOracle(w12.definitions(), retail.events())
    >>> oracle.values_at("user_id", samples(retail.events(), "user_id", 10_000, seed=1))
    """

    def __init__(self, definitions: Definitions, events: pl.DataFrame) -> None:
        self.definitions = definitions
        self._connection = duckdb.connect()
        known = pl.col("known" if "known" in events.columns else "timestamp").alias("known")
        self._connection.register("events", events.with_columns(known).to_arrow())

    def values_at(self, entity_id: str, points: Sequence[Point]) -> list[dict[str, Expected]]:
        """Returns the row of every point, in order."""
        features = self.definitions.of_entity(entity_id)
        plain = [f for f in features if f.expression is None]
        self._prepare(entity_id, plain, points)
        rows: list[dict[str, Expected]] = [{} for _ in points]
        for window, hop in sorted({(f.window_ms, f.hop_ms) for f in plain}):
            self._fill(rows, [f for f in plain if (f.window_ms, f.hop_ms) == (window, hop)])
        return derive(features, rows)

    def _prepare(self, entity_id: str, features: Sequence[Feature], points: Sequence[Point]) -> None:
        """Creates `points` and, for each feature, a column of `taken`: its value where its filter holds, else null."""
        frame = pl.DataFrame(
            {"place": range(len(points)), "entity": [p[0] for p in points], "moment": [p[1] for p in points]}
        )
        self._connection.register("points", frame.to_arrow())
        columns = [f"CASE WHEN {f.filter or 'true'} THEN {f.value or 1} END AS {f.feature_name}" for f in features]
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE taken AS SELECT {entity_id} AS entity, timestamp AS time, known, "
            f"{', '.join(columns)} FROM events WHERE {entity_id} IS NOT NULL"
        )

    def _fill(self, rows: list[dict[str, Expected]], features: Sequence[Feature]) -> None:
        answers = self._connection.execute(_statement(features)).fetchall()
        for place, *cells in answers:
            for feature, value, slack in zip(features, cells[::2], cells[1::2], strict=True):
                rows[place][feature.feature_name] = _expected(feature, value, slack)


def _statement(features: Sequence[Feature]) -> str:
    """Returns one left join of the points with the content of their windows, for features of one window and hop."""
    window, hop = features[0].window_ms, features[0].hop_ms
    start = f"(moment - {window}) // {hop} * {hop}" if window else "0"
    cells = [cell for feature in features for cell in _cells(feature)]
    return (
        f"SELECT place, {', '.join(cells)} FROM points LEFT JOIN taken ON taken.entity = points.entity "
        f"AND time >= {start} AND time < moment AND known <= moment GROUP BY place ORDER BY place"
    )


def _cells(feature: Feature) -> Iterator[str]:
    options = {"precision": 12, "quantile": 0.5, "relative_error": 0.01, "k": 1, **feature.options}
    total = "sum" if feature.value_type in ("INT32", "INT64") else "fsum"
    for text in SQL[feature.aggregation or ""]:
        yield text.format(v=feature.feature_name, sum=total, **options)


def _expected(feature: Feature, value: object, slack: object) -> Expected:
    cell: Value = [scalar(v) for v in value] if isinstance(value, list) else scalar(value)
    return typed(feature, Expected(cell, 0.0 if slack is None else number(scalar(slack))))


def newest(events: pl.DataFrame, entity_id: str) -> list[Point]:
    """Returns every entity at its newest event + 1 ms, by entity."""
    last = events.drop_nulls(entity_id).group_by(entity_id).agg(pl.col("timestamp").max() + 1)
    return list(last.sort(entity_id).iter_rows())


def samples(events: pl.DataFrame, entity_id: str, many: int, seed: int) -> list[Point]:
    """Returns points after random order lines: right after, or up to 2 hours, 3 or 40 days later."""
    rng = np.random.default_rng(seed)
    picked = events.drop_nulls(entity_id).sample(many, with_replacement=True, seed=seed)
    away = (rng.random(many) * rng.choice(AWAY_MS, size=many)).astype(np.int64)
    times = (picked["timestamp"].to_numpy() + 1 + away).tolist()
    return list(zip(picked[entity_id].to_list(), times, strict=True))
