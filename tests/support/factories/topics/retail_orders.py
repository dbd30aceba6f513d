"""Half a million real order lines as raw order events.

The data is stored beside the repository or where HEADRACE_RETAIL says; tests that need it are skipped without it.
"""

import os
from pathlib import Path

import polars as pl
import pytest

from tests.support.paths import ROOT

RETAIL = Path(os.environ.get("HEADRACE_RETAIL", ROOT / "../shared/data/online_retail.parquet"))

needs_retail = pytest.mark.skipif(not RETAIL.exists(), reason="needs the retail data (HEADRACE_RETAIL)")


def events(rows: int | None = None) -> pl.DataFrame:
    """Returns the first `rows` order events by time (all unless given), with a column for each field of the payload."""
    kind = pl.when(pl.col("Quantity") > 0).then(pl.lit("payment_success")).otherwise(pl.lit("refund"))
    return (
        pl.scan_parquet(RETAIL, n_rows=rows)
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


def payloads(frame: pl.DataFrame) -> list[bytes]:
    """Returns the events as they are on their topic: one JSON object each."""
    text = frame.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return [payload.encode() for payload in text]
