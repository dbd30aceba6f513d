"""Half a million real order lines as raw order events.

The data is stored beside the repository or where HEADRACE_RETAIL says; tests that need it are skipped without it.
"""

import os
from pathlib import Path

import polars as pl
import pytest

from tests.support.generators.seeds import ALL_SEEDS, SEEDS
from tests.support.paths import ROOT

RETAIL = Path(os.environ.get("HEADRACE_RETAIL", ROOT / "../shared/data/online_retail.parquet"))

needs_retail = pytest.mark.skipif(not RETAIL.exists(), reason="needs the retail data (HEADRACE_RETAIL)")


def events(rows: int | None = None) -> pl.DataFrame:
    """Returns the first `rows` order events by time, with a column for each field of the payload.

    Unless `rows` are asked for, all; with a part of the seeds, those of an equal part of the customers.
    """
    kind = pl.when(pl.col("Quantity") > 0).then(pl.lit("payment_success")).otherwise(pl.lit("refund"))
    return (
        pl.scan_parquet(RETAIL, n_rows=rows)
        .filter(_in_part() if rows is None else True)
        .select(
            kind.alias("event_type"),
            pl.col("CustomerID").cast(pl.Int64).cast(pl.String).alias("user_id"),
            pl.col("StockCode").alias("item_id"),
            pl.col("Quantity").alias("quantity"),
            (pl.col("Quantity") * pl.col("UnitPrice")).alias("amount"),
            pl.col("Country").alias("country"),
            pl.col("ts").dt.epoch("ms").alias("timestamp"),
        )
        .collect()
    )


def _in_part() -> pl.Expr:
    """Returns whether a line is in the part of a run; lines without a customer count as customers of one line."""
    customer = pl.coalesce(pl.col("CustomerID").cast(pl.Int64), pl.int_range(pl.len()))
    return customer % ALL_SEEDS < SEEDS


def payloads(frame: pl.DataFrame) -> list[bytes]:
    """Returns the events as they are on their topic: one JSON object each."""
    text = frame.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return [payload.encode() for payload in text]
