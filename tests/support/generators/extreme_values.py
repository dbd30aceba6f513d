"""The values of each type that break code not written for them."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from dataflows.definitions.model.value_types import polars_type

MOST, LEAST = 2**63 - 1, -(2**63)
HUGE, TINY = 1.7976931348623157e308, 5e-324
INTEGERS = (
    (MOST, LEAST),
    (MOST - 1, MOST),
    (7_147_483_648_000_000_001, 7_147_483_648_000_000_002, 7_147_483_648_000_000_003),
    (1_767_225_600_000_000_000, 1_767_225_600_000_000_999),
    (2**53, 2**53 + 1, 0),
    (0,),
    (MOST,),
)
DOUBLES = (
    (1.7e308, -1.7e308, 1e300, 1.0),
    (HUGE, -HUGE),
    (HUGE,),
    (TINY, -TINY, 0.0),
    (TINY,),
    (1e-160, 3e-160),
    (1e154, 1.1e154, -1e154),
    (1e16, 1e16 + 2),
    (float("inf"), float("-inf"), float("nan"), HUGE),
    (float("nan"),),
    (0.0, -0.0),
)
TEXTS = (
    ("",),
    ("x" * 65_536, "x" * 65_535 + "y", ""),
    ("\x1b[2J", "\x00", "[/bold]", "<script>", "$\\frac{1}{0}$", "{{ 7*7 }}", "\u202eabc"),
    ("other", "now", "no value"),
    ("日本語", "שלום עולם", "مرحبا", "नमस्ते", "👩‍👩‍👧", "e\u0301"),
    tuple(f"text {number}" for number in range(10_000)),
)
TIMES = (
    (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    (datetime(1, 1, 1, tzinfo=UTC),),
    (datetime(9999, 12, 31, tzinfo=UTC),),
    (datetime(1970, 1, 1, tzinfo=UTC),),
)
ARRAYS: tuple[tuple[object, ...], ...] = (([],), ([], [1], [1] * 1_000), ([None],))
BOOLS = ((True,), (False,), (True, False))
OF: dict[str, tuple[tuple[object, ...], ...]] = {
    "INT32": ((2**31 - 1, -(2**31)), (0,), (2**31 - 1,)),
    "INT64": INTEGERS,
    "FLOAT": (*DOUBLES, (3.4028235e38, -3.4028235e38)),
    "DOUBLE": DOUBLES,
    "STRING": TEXTS,
    "BOOL": BOOLS,
    "TIMESTAMP": TIMES,
    "ARRAY<INT64>": ARRAYS,
}
NULLS = (0.0, 0.3, 1.0)
SIZES = (1, 2, 300, 2_000)


def extreme(rng: np.random.Generator, value_type: str) -> pl.Series:
    """Returns some rows of a type: some of its extremes, or extremes among ordinary values, with none, some or all
    null."""
    candidates = OF[value_type][int(rng.integers(len(OF[value_type])))]
    rows, nulls = SIZES[int(rng.integers(len(SIZES)))], NULLS[int(rng.integers(len(NULLS)))]
    values = [None if rng.random() < nulls else candidates[int(rng.integers(len(candidates)))] for _ in range(rows)]
    return pl.Series(values, dtype=polars_type(value_type))
